import { randomBytes } from 'node:crypto';
import { conform } from './conform';
import type { InputUsage } from './prompt-cache';
import type { Reply, StopReason } from './reply';
import { countTokens } from './tokens';
import type { ValidRequest } from './validate';

const THINKING = 'The question names one table; a plain query over it answers it.';
const THINKING_TOKENS = 24;

/** What was said, before it takes the form of one JSON document or of a stream. */
export interface Spoken {
  readonly id: string;
  readonly model: string;
  readonly thinking: { readonly text: string; readonly signature: string } | undefined;
  /** Undefined: no text block at all, as after a refusal. */
  readonly text: string | undefined;
  readonly stopReason: StopReason;
  readonly input: InputUsage;
  readonly outputTokens: number;
  readonly thinkingTokens: number;
}

export function speak(
  request: ValidRequest,
  reply: Extract<Reply, { kind: 'fields' | 'text' }>,
  input: InputUsage,
): Spoken {
  const wanted = reply.kind === 'text' ? reply.text : structured(request, reply.fields);
  const refused = reply.kind === 'text' && reply.stopReason === 'refusal';
  const thinkingTokens = request.thinks && !refused ? THINKING_TOKENS : 0;
  const room = Math.max(0, request.maxTokens - thinkingTokens);
  const tokens = refused ? 1 : countTokens(wanted, request.model) + 2;
  const isCut = tokens > room;
  return {
    id: `msg_${idText()}`,
    model: request.model.id,
    thinking: thinkingTokens > 0 ? thinkingBlock(request) : undefined,
    text:
      refused || room === 0 ? undefined : isCut ? wanted.slice(0, Math.floor((wanted.length * room) / tokens)) : wanted,
    stopReason: isCut ? 'max_tokens' : reply.kind === 'text' ? reply.stopReason : 'end_turn',
    input,
    outputTokens: Math.min(tokens, room) + Math.min(thinkingTokens, request.maxTokens),
    thinkingTokens: Math.min(thinkingTokens, request.maxTokens),
  };
}

/** A structured reply always conforms to the schema of the request; without a schema it is just JSON. */
function structured(request: ValidRequest, fields: Record<string, unknown>): string {
  return JSON.stringify(request.schema ? conform(request.schema, fields) : fields);
}

/** Thinking is hidden unless asked for: the block then holds a signature and no text. */
function thinkingBlock(request: ValidRequest) {
  return { text: request.showsThinking ? THINKING : '', signature: randomBytes(48).toString('base64') };
}

export function messageJson(spoken: Spoken) {
  const content: unknown[] = [];
  if (spoken.thinking)
    content.push({ type: 'thinking', thinking: spoken.thinking.text, signature: spoken.thinking.signature });
  if (spoken.text !== undefined) content.push({ type: 'text', text: spoken.text, citations: null });
  return { ...emptyMessage(spoken), content, ...stopOf(spoken), usage: usageJson(spoken, spoken.outputTokens) };
}

export function emptyMessage(spoken: Spoken) {
  return {
    id: spoken.id,
    type: 'message',
    role: 'assistant',
    model: spoken.model,
    content: [] as unknown[],
    container: null,
    diagnostics: null,
    stop_reason: null as string | null,
    stop_details: null as unknown,
    stop_sequence: null,
    usage: usageJson(spoken, 1),
  };
}

export function stopOf(spoken: Spoken) {
  const details = { type: 'refusal', category: null, explanation: null };
  return {
    stop_reason: spoken.stopReason,
    stop_sequence: null,
    stop_details: spoken.stopReason === 'refusal' ? details : null,
  };
}

function usageJson(spoken: Spoken, outputTokens: number) {
  const { input } = spoken;
  return {
    input_tokens: input.inputTokens,
    cache_creation_input_tokens: input.write5mTokens + input.write1hTokens,
    cache_read_input_tokens: input.readTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: input.write5mTokens,
      ephemeral_1h_input_tokens: input.write1hTokens,
    },
    output_tokens: outputTokens,
    output_tokens_details: { thinking_tokens: Math.min(spoken.thinkingTokens, outputTokens) },
    server_tool_use: null,
    service_tier: 'standard',
    inference_geo: 'global',
    speed: null,
  };
}

/** The usage of `message_delta`: cumulative, the last one wins. */
export function cumulativeUsage(spoken: Spoken) {
  const {
    cache_creation: _split,
    service_tier: _tier,
    inference_geo: _geo,
    speed: _speed,
    ...rest
  } = usageJson(spoken, spoken.outputTokens);
  return rest;
}

export function idText(): string {
  return `01${randomBytes(16).toString('base64url').replaceAll(/[-_]/g, 'x')}`;
}
