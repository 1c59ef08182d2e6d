import { questionForm } from '@memori/text2sql';
import { workload } from './workload';

const asked = workload(1000);
const ofKind = (kind: string) => asked.filter((each) => each.kind === kind);

describe('the workload of bench:savings', () => {
  it('holds the shares that it is said to hold, and is the same every time', () => {
    expect(asked).toHaveLength(1000);
    expect(ofKind('repeat')).toHaveLength(300);
    expect(ofKind('verified')).toHaveLength(200);
    expect(ofKind('follow-up').length).toBeGreaterThan(80);
    expect(workload(1000)).toEqual(asked);
    expect(workload(1000, 2)).not.toEqual(asked);
  });

  it('repeats what was asked before, in other words only where those do not count', () => {
    const golds = new Map<string, string>();
    for (const { kind, question, sql } of asked) {
      if (kind === 'fresh') golds.set(questionForm(question), sql);
      if (kind === 'repeat') expect([question, golds.get(questionForm(question))]).toEqual([question, sql]);
    }
    expect(golds.size).toBe(ofKind('fresh').length);
  });

  it('asks follow-ups by the user who asked before', () => {
    for (const { user, after } of ofKind('follow-up')) expect(asked[after as number]?.user).toBe(user);
  });
});
