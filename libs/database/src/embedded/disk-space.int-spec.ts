import { tmpdir } from 'node:os';
import { StartError } from '../start-error';
import { explainByDisk } from './disk-space';

it.each([
  'ENOSPC: no space left on device, write',
  'initdb failed: could not write: No space left on device',
  'Disk quota exceeded',
])('explains "%s" by the full disk and keeps the cause', (message) => {
  const cause = new Error(message);
  const explained = explainByDisk(tmpdir(), cause);
  expect(explained).toBeInstanceOf(StartError);
  expect(explained).toMatchObject({ message: expect.stringMatching(/The disk of .* is full/) as string, cause });
});

it('has nothing to say about other failures while there is room', () => {
  expect(explainByDisk(tmpdir(), new Error('initdb failed: permission denied'))).toBeUndefined();
});
