import type { Env } from '@memori/config';
import type { MemoriProgram } from '../memori/booted-memori';
import { bootForEvaluation } from '../memori/evaluated-memori';
import { MemoriApi } from '../memori/memori-api';
import { stoppedWhenDone } from '../memori/stopped-when-done';
import type { Findings, Progress } from '../report';
import { evaluateMemory } from './memory-evaluation';
import { type FactsMode, factsName, factsOf } from './fact-source';
import type { MemoryConversation } from './memory-case';

export interface MemoryOptions {
  readonly facts: FactsMode;
  /** A running Memori; left out: one is booted. */
  readonly connection?: { readonly url: string; readonly key: string };
  readonly program: MemoriProgram;
  readonly env: Env;
}

/** Asks a running Memori, or boots one that has no model. */
export async function runMemory(
  conversations: readonly MemoryConversation[],
  { facts: mode, connection, program, env }: MemoryOptions,
  progress: Progress,
): Promise<Findings> {
  const facts = factsOf(mode);
  const measured = async (reached: { readonly url: string; readonly key: string }) => ({
    ...(await evaluateMemory(conversations, new MemoriApi(reached), facts, progress)),
    facts: factsName(mode),
  });
  if (connection) return measured(connection);
  const booted = await bootForEvaluation(program, { model: { key: '' }, env, isPaid: false, atOnce: 1 });
  return stoppedWhenDone(booted, () => measured(booted));
}
