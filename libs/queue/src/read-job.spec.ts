import { UnrecoverableError } from 'bullmq';
import { IsInt, IsOptional, IsUUID } from 'class-validator';
import { LookJob } from './queues';
import { readJob } from './read-job';

class SessionJob {
  @IsUUID() sessionId!: string;
  @IsOptional() @IsInt() round?: number;
}
const sessionId = '018f3c5e-7d1a-7cc0-8e4b-2b1a5a0c9d11';

it('reads a payload, and drops what a newer version may have added', () => {
  const payload = readJob(SessionJob, { name: 'j', data: { sessionId, round: 2, new: true } });
  expect(payload).toBeInstanceOf(SessionJob);
  expect(payload).toEqual({ sessionId, round: 2 });
});

it('reads a job without payload', () => {
  expect(readJob(LookJob, { name: 'look', data: {} })).toBeInstanceOf(LookJob);
  expect(readJob(LookJob, { name: 'look' })).toBeInstanceOf(LookJob);
});

it.each([[{ sessionId: 'SECRET' }], [{}], ['SECRET'], [[1]], [null]])(
  'gives up on the malformed payload %j, without repeating it',
  (data) => {
    const read = () => readJob(SessionJob, { name: 'summarise', data });
    expect(read).toThrow(UnrecoverableError);
    expect(read).toThrow(/summarise/);
    expect(read).not.toThrow(/SECRET/);
  },
);
