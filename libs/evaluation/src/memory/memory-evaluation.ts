import { randomUUID } from 'node:crypto';
import type { MemoriApi } from '../memori/memori-api';
import type { Findings, Progress, SkippedCase } from '../report';
import type { FactsOf } from './fact-source';
import { untilVectorsAreMade, vectorModel } from './made-vectors';
import type { MemoryConversation, MemoryQuestion } from './memory-case';
import { BUDGETS, type FoundTurns, isStanding, itemOf, memoryMetrics } from './memory-scores';
import { PlainRetriever } from './plain-retriever';
import { recordConversation } from './recorded-conversation';

const MOST_FINDS = 200;

/**
 * Records every conversation in a namespace of its own, asks its questions by search, and forgets it again. What counts
 * are turns: facts help to find them. A plain retriever is asked the same of the same turns.
 */
export async function evaluateMemory(
  conversations: readonly MemoryConversation[],
  api: MemoriApi,
  factsOf: FactsOf,
  progress: Progress,
): Promise<Findings> {
  const found: FoundTurns[] = [];
  const skipped: SkippedCase[] = [];
  const vectors = await vectorModel(api);
  const total = conversations.reduce((sum, { questions }) => sum + questions.length, 0);
  for (const conversation of conversations) {
    const namespace = `evaluation:${conversation.id}:${randomUUID()}`;
    try {
      await recordConversation(api, conversation, factsOf(conversation), { namespace });
      if (vectors !== undefined) await untilVectorsAreMade(api);
      const plain = new PlainRetriever(conversation);
      for (const question of conversation.questions) {
        if (question.evidence.length > 0)
          found.push({ ...(await askedOf(api, namespace, question)), plainRanked: plain.ranked(question.question) });
        else skipped.push({ id: question.id, reason: 'no turn is named as evidence' });
        progress(found.length + skipped.length, total);
      }
    } finally {
      await api.must('POST', '/v1/memories/forget', { scope: 'namespace', id: namespace });
    }
  }
  return {
    n: found.length,
    skipped,
    metrics: memoryMetrics(found),
    items: found.map(itemOf),
    vectors: vectors ?? 'none',
  };
}

type AskedTurns = Omit<FoundTurns, 'plainRanked'>;

async function askedOf(api: MemoriApi, namespace: string, question: MemoryQuestion): Promise<AskedTurns> {
  const search = async (more: object) => {
    const body = { query: question.question, namespace, kinds: ['turn'], ...more };
    const { items } = await api.must('POST', '/v1/memories/search', body);
    return (items as { externalId: string }[]).map(({ externalId }) => externalId);
  };
  const startedAt = performance.now();
  const ranked = await search({ limit: MOST_FINDS / 4 });
  const ms = performance.now() - startedAt;
  const withinTokens: Record<number, string[]> = {};
  for (const maxTokens of BUDGETS) withinTokens[maxTokens] = await search({ limit: MOST_FINDS, maxTokens });
  const standing = isStanding(question) ? await standingOf(api, namespace, question) : undefined;
  return { question, ranked, withinTokens, standing, ms };
}

/** The turns that stand in every prompt, as the block of the data set's ids. */
async function standingOf(api: MemoriApi, namespace: string, { question }: MemoryQuestion): Promise<string[]> {
  const { items } = await api.must('POST', '/v1/memories/context', { query: question, namespace });
  const block = (items as { always?: boolean; externalId?: string }[]).filter(({ always }) => always);
  return block.flatMap(({ externalId }) => externalId ?? []);
}
