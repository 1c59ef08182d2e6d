/** What is kept: recorded, found again inside its scope, forgotten. */
export { indexTokens } from '@memori/text';
export type { ForgetReceipt, ForgetRequest } from './forgetting.service';
export {
  MemorySettings,
  MOST_BLOCK_TOKENS,
  MOST_MEMORIES,
  type MemorySettingsPatch,
  type TenantMemorySettings,
} from './facts/memory-settings';
export {
  DOCUMENT_FORMATS,
  DOCUMENT_SCOPES,
  type DocumentInput,
  type DocumentOutcome,
  type DocumentRecord,
} from './documents/document.types';
export { Documents } from './documents/documents.service';
export { Memories } from './memories.service';
export { renderMemories } from './memory-block';
export { MAX_MEMORY_LENGTH, MAX_SEARCH_RESULTS } from './memory-input';
export type { ImportCounts } from './moving/import-run';
export { MemoryModule } from './memory.module';
export {
  MEMORY_CATEGORIES,
  MEMORY_ORIGINS,
  MEMORY_SCOPES,
  RECALL_KINDS,
  type MemoryCategory,
  type MemoryFilter,
  type MemoryInput,
  type MemoryLink,
  type MemoryPatch,
  type MemoryRecord,
  type MemoryScope,
  type MemoryVersion,
  type RecallItem,
  type RecallKind,
  type SearchRequest,
  type Signals,
} from './memory.types';
export type { PromptShare } from './recall.service';
export { SessionSummaries, type SessionSummary } from './summaries/session-summaries';
