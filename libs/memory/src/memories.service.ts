import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@memori/database';
import { newId, type Principal, type SessionScope, userScopeOf } from '@memori/scope';
import type { Page, PageRequest } from '@memori/security';
import { Sessions } from '@memori/session';
import { FactRepository, type SessionPlace } from './facts/fact.repository';
import { recalledText } from './facts/recalled-text';
import { type Standing, StandingMemories } from './facts/standing-memories';
import { Forgetting, type ForgetReceipt, type ForgetRequest } from './forgetting.service';
import { renderMemories } from './memory-block';
import { MemoryExport } from './moving/memory-export';
import type { ImportCounts } from './moving/import-run';
import { type ImportLines, MemoryImport } from './moving/memory-import';
import { MemoryKeeper } from './memory-keeper';
import type {
  MemoryFilter,
  MemoryInput,
  MemoryLink,
  MemoryPatch,
  MemoryRecord,
  MemoryVersion,
  RecallItem,
  SearchRequest,
} from './memory.types';
import { type PromptShare, Recall } from './recall.service';
import { estimateTextTokens } from './token-estimate';

/** What is kept: told, found again, recalled for a prompt, forgotten. */
@Injectable()
export class Memories {
  constructor(
    private readonly keeper: MemoryKeeper,
    private readonly recaller: Recall,
    private readonly forgetting: Forgetting,
    private readonly exporter: MemoryExport,
    private readonly importer: MemoryImport,
    private readonly sessions: Sessions,
    private readonly facts: FactRepository,
    private readonly standing: StandingMemories,
    private readonly database: Database,
  ) {}

  add(principal: Principal, input: MemoryInput): Promise<MemoryRecord> {
    return this.keeper.add(principal, input);
  }

  get(principal: Principal, id: string): Promise<MemoryRecord> {
    return this.keeper.get(principal, id);
  }

  list(principal: Principal, page: PageRequest & MemoryFilter): Promise<Page<MemoryRecord>> {
    return this.keeper.list(principal, page);
  }

  history(principal: Principal, id: string): Promise<{ items: MemoryVersion[]; chain: MemoryLink[] }> {
    return this.keeper.history(principal, id);
  }

  update(principal: Principal, id: string, patch: MemoryPatch): Promise<MemoryRecord> {
    return this.keeper.update(principal, id, patch);
  }

  delete(principal: Principal, id: string): Promise<void> {
    return this.keeper.delete(principal, id);
  }

  search(principal: Principal, request: SearchRequest): Promise<RecallItem[]> {
    return this.recaller.search(principal, request);
  }

  /** For prompts: what stands in each of them first, then what bears on the question, each within tokens of its own. */
  async recall(scope: SessionScope, question: string, options: PromptShare): Promise<RecallItem[]> {
    const { block, ids, isAutomatic } = await this.standing.read(scope);
    if (!isAutomatic) return block;
    return [...block, ...(await this.recaller.forPrompt(scope, question, { ...options, leaveOut: ids }))];
  }

  /**
   * What stands in every prompt and what `search` finds besides, as the block that a prompt would hold. `maxTokens` is for
   * the finds. Of a session it is remembered, by hashes, that it was told this: none of it is drawn again as new.
   */
  async context(
    principal: Principal,
    request: SearchRequest,
  ): Promise<{ text: string; tokens: number; items: RecallItem[] }> {
    let standing: Standing | undefined;
    const wanted = request.kinds?.includes('fact') ?? true;
    const { items: found, reader } = await this.recaller.searchFrom(principal, request, async (from) => {
      standing = wanted && !request.categories ? await this.standing.read(from) : undefined;
      return standing?.ids ?? new Set();
    });
    const items = [...(standing?.block ?? []), ...(standing?.isAutomatic === false ? [] : found)];
    const { sessionId } = reader;
    if (sessionId !== undefined && items.length > 0)
      await this.database.transaction(userScopeOf(principal), (tx) =>
        this.noteRecalled(tx, { ...userScopeOf(principal), id: sessionId }, items),
      );
    const text = renderMemories(items);
    return { text, tokens: estimateTextTokens(text), items };
  }

  /**
   * Remembers what stood in the prompt of a session: by hashes, so that none of it is drawn again as new, and of memories
   * that they were of use.
   */
  async noteRecalled(
    tx: Tx,
    session: SessionPlace,
    items: readonly Pick<RecallItem, 'content' | 'id' | 'kind' | 'trust'>[],
  ): Promise<void> {
    const facts = items.filter(({ kind }) => kind === 'fact').map(({ id }) => id);
    await this.facts.noteUses(tx, session, facts);
    await this.facts.noteRecalled(
      tx,
      session,
      items.map(({ content, trust }) => recalledText(content, trust)),
    );
  }

  /** What somebody wrote about a wrong answer: facts are drawn from it with the turns of the session. */
  noteCorrection(
    tx: Tx,
    session: SessionPlace,
    questionId: string,
    correction: { readonly note: string | null; readonly sql: string | null },
  ): Promise<void> {
    return this.facts.addCorrection(tx, session, { id: newId(), questionId, ...correction });
  }

  /** One JSON text a line: every session, turn, document and memory of the user, as an import takes them. */
  export(principal: Principal): AsyncIterable<string> {
    return this.exporter.lines(principal);
  }

  /** The same of one session, expired or not, with the facts that it alone taught. */
  async *exportSession(principal: Principal, ref: string): AsyncIterable<string> {
    const { id } = await this.sessions.locate(principal, ref);
    yield* this.exporter.lines(principal, id);
  }

  /** What an export wrote, as a whole or not at all; the same again changes nothing. */
  import(principal: Principal, lines: ImportLines): Promise<ImportCounts> {
    return this.importer.import(principal, lines);
  }

  forget(principal: Principal, request: ForgetRequest): Promise<ForgetReceipt> {
    return this.forgetting.forget(principal, request);
  }

  deleteUser(principal: Principal, userId: string): Promise<void> {
    return this.forgetting.deleteUser(principal, userId);
  }
}
