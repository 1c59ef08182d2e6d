import { invalid } from './errors';
import { checkArray, checkFields, checkOneOf, checkString, isObject } from './fields';
import type { ModelRules } from './models';

export interface CacheMark {
  readonly ttl: '5m' | '1h';
}

/** One block of the prompt in the order in which the cache sees it. */
export interface PromptBlock {
  readonly role: 'tools' | 'system' | 'user' | 'assistant';
  readonly message: number;
  readonly text: string;
  readonly cache?: CacheMark;
}

const MAX_BREAKPOINTS = 4;
const MAX_MESSAGES = 100_000;

export function validateTools(value: unknown): PromptBlock[] {
  if (value === undefined) return [];
  return checkArray(value, 'tools').map((tool, i) => {
    const path = `tools.${i}`;
    const known = ['type', 'name', 'description', 'input_schema', 'strict', 'cache_control'];
    const fields = checkFields(tool, path, known, ['name', 'input_schema']);
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(checkString(fields['name'], `${path}.name`)))
      throw invalid(`${path}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
    return { role: 'tools', message: -1, text: JSON.stringify(tool), ...cacheMark(fields['cache_control'], path) };
  });
}

export function validateSystem(value: unknown): PromptBlock[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return value === '' ? [] : [{ role: 'system', message: -1, text: value }];
  return checkArray(value, 'system').map((block, i) => ({
    role: 'system',
    message: -1,
    ...textBlock(block, `system.${i}`, 'system'),
  }));
}

export function validateMessages(value: unknown, model: ModelRules): PromptBlock[] {
  const messages = checkArray(value, 'messages');
  if (messages.length === 0) throw invalid('messages: at least one message is required');
  if (messages.length > MAX_MESSAGES) throw invalid(`messages: List should have at most ${MAX_MESSAGES} items`);
  const blocks = messages.flatMap((message, i) => validateMessage(message, i, i === messages.length - 1));
  if (blocks[0]?.role !== 'user') throw invalid('messages: first message must use the "user" role');
  const last = blocks.at(-1);
  if (last?.role === 'assistant' && !model.prefill)
    throw invalid(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    );
  if (last?.role === 'assistant' && /\s$/.test(last.text))
    throw invalid('messages: final assistant content cannot end with trailing whitespace');
  return blocks;
}

function validateMessage(value: unknown, index: number, isLast: boolean): PromptBlock[] {
  const path = `messages.${index}`;
  const fields = checkFields(value, path, ['role', 'content'], ['role', 'content']);
  const role = checkOneOf(fields['role'], `${path}.role`, ['user', 'assistant']) as 'user' | 'assistant';
  const content = fields['content'];
  if (content === '' || (Array.isArray(content) && content.length === 0)) {
    if (role === 'assistant' && isLast) return [{ role, message: index, text: '' }];
    throw invalid(`${path}: all messages must have non-empty content except for the optional final assistant message`);
  }
  if (typeof content === 'string') return [{ role, message: index, text: nonEmpty(content, 'messages') }];
  return checkArray(content, `${path}.content`).map((block, i) => ({
    role,
    message: index,
    ...messageBlock(block, `${path}.content.${i}`, role),
  }));
}

function messageBlock(block: unknown, path: string, role: string): { text: string; cache?: CacheMark } {
  const type = isObject(block) ? block['type'] : undefined;
  if (role === 'assistant' && type === 'thinking') {
    const fields = checkFields(block, path, ['type', 'thinking', 'signature'], ['thinking', 'signature']);
    return { text: checkString(fields['thinking'], `${path}.thinking`) };
  }
  return textBlock(block, path, 'messages');
}

/** Memori sends text alone; a picture or a document here would be a surprise worth a 400. */
function textBlock(block: unknown, path: string, where: string): { text: string; cache?: CacheMark } {
  if (isObject(block)) checkOneOf(block['type'], `${path}.type`, ['text']);
  const fields = checkFields(block, path, ['type', 'text', 'cache_control', 'citations'], ['type', 'text']);
  const text = checkString(fields['text'], `${path}.text`);
  const mark = cacheMark(fields['cache_control'], path);
  if (text.trim() === '' && mark.cache)
    throw invalid(`${path}.text: cache_control cannot be set for empty text blocks`);
  return { text: nonEmpty(text, where), ...mark };
}

function nonEmpty(text: string, where: string): string {
  if (text === '') throw invalid(`${where}: text content blocks must be non-empty`);
  if (text.trim() === '') throw invalid(`${where}: text content blocks must contain non-whitespace text`);
  return text;
}

function cacheMark(value: unknown, path: string): { cache?: CacheMark } {
  if (value === undefined || value === null) return {};
  const fields = checkFields(value, `${path}.cache_control`, ['type', 'ttl'], ['type']);
  checkOneOf(fields['type'], `${path}.cache_control.type`, ['ephemeral']);
  const ttl = checkOneOf(fields['ttl'] ?? '5m', `${path}.cache_control.ttl`, ['5m', '1h']);
  return { cache: { ttl: ttl as '5m' | '1h' } };
}

/** At most four breakpoints, and the longer lifetimes first. */
export function checkBreakpoints(blocks: readonly PromptBlock[]): void {
  const marks = blocks.flatMap((block) => (block.cache ? [block.cache.ttl] : []));
  if (marks.length > MAX_BREAKPOINTS)
    throw invalid(`A maximum of ${MAX_BREAKPOINTS} blocks with cache_control may be provided. Found ${marks.length}.`);
  if (marks.lastIndexOf('1h') > marks.indexOf('5m') && marks.includes('5m'))
    throw invalid(
      "cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. " +
        'Note that blocks are processed in the following order: `tools`, `system`, `messages`.',
    );
}
