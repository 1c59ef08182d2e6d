import { factKey } from './fact-key';
import { type DrawnFact, type KnownFact, reconcile } from './reconcile';

const day = (date: string) => new Date(`${date}T00:00:00Z`);
const drawn = (id: string, city: string, at: string, more: Partial<DrawnFact> = {}): DrawnFact => {
  const statement = { content: `The user lives in ${city}.`, subject: 'user', predicate: 'lives in' };
  return {
    id,
    ...statement,
    ...factKey(statement),
    category: 'fact',
    importance: 0.5,
    statedFrom: null,
    statedTo: null,
    saidAt: day(at),
    turnIds: [],
    trust: 1,
    essential: false,
    ...more,
  };
};
const known = (id: string, city: string, at: string, more: Partial<KnownFact> = {}): KnownFact => ({
  ...drawn(id, city, at),
  origin: 'drawn',
  since: day(at),
  validTo: null,
  ...more,
});

describe('reconcile', () => {
  it('ends the older of two that contradict each other', () => {
    expect(reconcile([drawn('b', 'Munich', '2024-06-01')], [known('a', 'Berlin', '2024-01-01')])).toMatchObject([
      { kind: 'insert', closes: 'a', validFrom: day('2024-06-01'), validTo: null, supersededBy: null },
    ]);
  });

  it('lets an older one that comes late end where the newer begins', () => {
    expect(reconcile([drawn('b', 'Munich', '2024-01-01')], [known('a', 'Berlin', '2024-06-01')])).toMatchObject([
      { kind: 'insert', closes: null, validTo: day('2024-06-01'), supersededBy: 'a' },
    ]);
  });

  it('knows what the same batch said before, in whatever order it stands there', () => {
    const batch = [
      drawn('c', 'Rome', '2024-03-01'),
      drawn('a', 'Berlin', '2024-01-01'),
      drawn('b', 'Munich', '2024-02-01'),
    ];

    expect(reconcile(batch, [])).toMatchObject([
      { fact: { id: 'a' }, closes: null },
      { fact: { id: 'b' }, closes: 'a' },
      { fact: { id: 'c' }, closes: 'b' },
    ]);
  });

  it('keeps what comes back after something else held as one more fact', () => {
    const before = [
      known('a', 'Berlin', '2024-01-01', { validTo: day('2024-02-01') }),
      known('b', 'Munich', '2024-02-01'),
    ];

    expect(reconcile([drawn('c', 'Berlin', '2024-03-01')], before)).toMatchObject([{ kind: 'insert', closes: 'b' }]);
    expect(reconcile([drawn('c', 'Berlin', '2024-01-15')], before)).toMatchObject([{ kind: 'support', of: 'a' }]);
  });

  it('never ends what a person told', () => {
    const told = known('a', 'Berlin', '2024-01-01', { origin: 'told' });

    expect(reconcile([drawn('b', 'Munich', '2024-06-01')], [told])).toMatchObject([{ kind: 'insert', closes: null }]);
    expect(reconcile([drawn('b', 'Berlin', '2024-06-01')], [told])).toMatchObject([{ kind: 'support', of: 'a' }]);
  });

  it('never lets one that is trusted less end another, in whatever order they come', () => {
    const rumour = { trust: 0.3 };

    expect(reconcile([drawn('b', 'Munich', '2024-06-01', rumour)], [known('a', 'Berlin', '2024-01-01')])).toMatchObject(
      [{ kind: 'insert', closes: null }],
    );
    expect(reconcile([drawn('b', 'Munich', '2024-01-01')], [known('a', 'Berlin', '2024-06-01', rumour)])).toMatchObject(
      [{ kind: 'insert', supersededBy: null, validTo: null }],
    );
    expect(reconcile([drawn('b', 'Munich', '2024-06-01')], [known('a', 'Berlin', '2024-01-01', rumour)])).toMatchObject(
      [{ kind: 'insert', closes: 'a' }],
    );
  });

  it('goes by when a fact holds, where it says so', () => {
    const late = drawn('b', 'Munich', '2024-06-01', { statedFrom: day('2023-01-01') });

    expect(reconcile([late], [known('a', 'Berlin', '2024-01-01')])).toMatchObject([
      { validFrom: day('2023-01-01'), validTo: day('2024-01-01'), supersededBy: 'a' },
    ]);
  });
});
