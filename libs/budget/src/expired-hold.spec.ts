import { judgeExpiredHold } from './expired-hold';
import { NO_USAGE } from './token-usage';

const reserved = { ...NO_USAGE, inputTokens: 5000, outputTokens: 4096 };
const seen = { ...NO_USAGE, inputTokens: 3210, outputTokens: 17 };

describe('judgeExpiredHold', () => {
  it('gives back what was never sent', () => {
    expect(judgeExpiredHold({ state: 'prepared', reserved, seen: NO_USAGE })).toEqual({ kind: 'release' });
  });

  it('charges the whole reservation, flagged, when something was sent and no usage is known', () => {
    const verdict = judgeExpiredHold({ state: 'sent', reserved, seen: NO_USAGE });

    expect(verdict).toEqual({ kind: 'charge', usage: reserved, reasons: ['unknown_usage'] });
  });

  it('charges the input and the streamed part of a call that was streaming', () => {
    expect(judgeExpiredHold({ state: 'streaming', reserved, seen })).toEqual({
      kind: 'charge',
      usage: seen,
      reasons: [],
    });
  });
});
