import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import type { TokenUsage } from '@memori/budget';
import { StreamEvidence } from './stream-evidence';
import { StreamRecorder } from './stream-recorder';

const START = { type: 'message_start', message: { usage: { input_tokens: 100, output_tokens: 1 } } };

describe('StreamRecorder', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  function aRecorder(write: () => Promise<void> = () => Promise.resolve()) {
    const written: TokenUsage[] = [];
    const evidence = new StreamEvidence('claude-sonnet-5-5');
    const recorder = new StreamRecorder((usage) => {
      written.push(usage);
      return write();
    });
    const take = (event: unknown) => {
      evidence.take(event as RawMessageStreamEvent);
      recorder.note(evidence);
    };
    return { written, recorder, take };
  }

  it('writes soon after the input is known, and then every two seconds', () => {
    const { written, take } = aRecorder();

    take(START);
    jest.advanceTimersByTime(100);
    take({ type: 'message_delta', delta: {}, usage: { output_tokens: 55 } });
    jest.advanceTimersByTime(2000);

    expect(written.map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens])).toEqual([
      [100, 1],
      [100, 55],
    ]);
  });

  it('writes nothing before the provider told the input, and nothing for a reply that is over at once', () => {
    const { written, recorder, take } = aRecorder();

    take({ type: 'ping' });
    jest.advanceTimersByTime(5000);
    take(START);
    recorder.stop();
    jest.advanceTimersByTime(5000);

    expect(written).toEqual([]);
  });

  it('goes on when a write failed', () => {
    const { written, take } = aRecorder(() => Promise.reject(new Error('connection lost')));

    take(START);
    jest.advanceTimersByTime(4100);

    expect(written).toHaveLength(3);
  });
});
