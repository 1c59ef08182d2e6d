import { MustWaitError } from './must-wait.error';
import { ProviderHealth, type SharedPause } from './provider-health';
import { Randomness } from './randomness';

function aHealth(): ProviderHealth {
  const randomness = new Randomness();
  randomness.next = () => 0;
  return new ProviderHealth(randomness);
}

/** Makes an attempt that ends so, and answers for how long it makes everybody pause. */
function attempt(health: ProviderHealth, outcome: string, model = 'sonnet', isRetry = false): SharedPause | undefined {
  const admission = health.admit(model, isRetry);
  const pause = admission.ended(outcome);
  admission.leave();
  return pause;
}

const refusal = (health: ProviderHealth, model = 'sonnet', isRetry = false) => {
  try {
    health.admit(model, isRetry).leave();
    return undefined;
  } catch (error) {
    return error as MustWaitError;
  }
};

describe('ProviderHealth', () => {
  it.each([
    ['overloaded', 'overloaded', { ms: 800, reason: 'overloaded' }],
    ['unavailable', 'provider-unavailable', { ms: 800, reason: 'unavailable' }],
    ['timeout', 'provider-unavailable', undefined],
    ['connection', 'provider-unavailable', undefined],
    ['cut-stream', 'provider-unavailable', undefined],
  ])(
    'leaves a model alone after five times %s; others pause only when the provider said so',
    (outcome, reason, pause) => {
      const health = aHealth();
      const pauses = Array.from({ length: 5 }, () => attempt(health, outcome));

      expect(pauses).toEqual([undefined, undefined, undefined, undefined, pause]);
      expect(refusal(health)).toMatchObject({ reason, countsAsAttempt: false });
      expect(refusal(health, 'haiku')).toBeUndefined();
    },
  );

  it.each(['answered', 'invalid-prose', 'refused', 'bad-request', 'spend-limit', 'key-refused'])(
    'takes %s for a sign of life',
    (outcome) => {
      const health = aHealth();
      for (let i = 0; i < 4; i++) attempt(health, 'overloaded');
      attempt(health, outcome);
      for (let i = 0; i < 4; i++) attempt(health, 'overloaded');

      expect(refusal(health)).toBeUndefined();
    },
  );

  it.each(['cancelled', 'lease-lost', 'shutting-down', 'rate-limited', 'failed'])(
    'learns nothing from %s',
    (outcome) => {
      const health = aHealth();
      for (let i = 0; i < 4; i++) attempt(health, 'overloaded');
      attempt(health, outcome);
      attempt(health, 'overloaded');

      expect(refusal(health)).toBeInstanceOf(MustWaitError);
    },
  );

  it('lets retries wait once their budget is spent, and first attempts go on', () => {
    const health = aHealth();
    for (let i = 0; i < 70; i++) if (refusal(health, 'sonnet', true)) break;

    expect(refusal(health, 'sonnet', true)).toMatchObject({ countsAsAttempt: false });
    expect(refusal(health, 'sonnet', false)).toBeUndefined();
  });
});
