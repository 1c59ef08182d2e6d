import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryConversations } from '../memory/memory-sets';
import { plainTokens } from '../memory/plain-retriever';

/** "Few characters match": of a paraphrased question's pairs of characters, at most so many stand in its evidence. */
const MOST_SHARED = 0.2;

const DOCUMENT = join(__dirname, '../../../../docs/evaluation.md');

describe('our Chinese conversations', () => {
  it('are those of the figures that the evaluation page gives', () => {
    const digest = createHash('sha256')
      .update(readFileSync(join(__dirname, 'conversations.jsonl')))
      .digest('hex');
    expect(readFileSync(DOCUMENT, 'utf8')).toContain(digest);
  });

  const all = memoryConversations([join(__dirname, 'conversations.jsonl')]);
  const questions = all.flatMap(({ questions: own }) => own);

  it('are three to five, of at least 400 turns by several speakers over months, dated in order', () => {
    expect(all.length).toBeGreaterThanOrEqual(3);
    expect(all.length).toBeLessThanOrEqual(5);
    expect(all.flatMap(({ sessions }) => sessions.flat()).length).toBeGreaterThanOrEqual(400);
    for (const { sessions } of all) {
      const turns = sessions.flat();
      const times = turns.map(({ occurredAt }) => Date.parse(occurredAt ?? ''));
      expect(new Set(turns.map(({ role, name }) => name ?? role)).size).toBeGreaterThanOrEqual(2);
      expect(times).toEqual([...times].sort((one, other) => one - other));
      expect((times.at(-1) as number) - (times[0] as number)).toBeGreaterThan(90 * 86_400_000);
      expect(new Set(turns.map(({ id }) => id)).size).toBe(turns.length);
    }
  });

  it('have eighty questions, each asked once and with evidence', () => {
    expect(questions).toHaveLength(80);
    expect(new Set(questions.map(({ question }) => question)).size).toBe(80);
    expect(questions.filter(({ evidence }) => evidence.length === 0)).toEqual([]);
  });

  it('have a third of them paraphrased, so that few characters match', () => {
    const paraphrased = all.flatMap(({ sessions, questions: own }) => {
      const said = new Map(sessions.flat().map(({ id, content }) => [id, new Set(plainTokens(content))]));
      return own
        .filter(({ category }) => category === 'paraphrased')
        .map(({ question, evidence }) => {
          const pairs = plainTokens(question);
          const shared = pairs.filter((pair) => evidence.some((id) => said.get(id)?.has(pair)));
          return { question, share: shared.length / pairs.length };
        });
    });
    expect(paraphrased.length * 3).toBeGreaterThanOrEqual(questions.length);
    expect(paraphrased.filter(({ share }) => share > MOST_SHARED)).toEqual([]);
  });
});
