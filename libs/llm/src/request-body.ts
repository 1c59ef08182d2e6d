import type { MessageCreateParamsStreaming, TextBlockParam } from '@anthropic-ai/sdk/resources/messages';
import type { Env } from '@memori/config';
import type { LlmBlock, LlmRequest } from './llm';
import { takesEffort } from './model-family';

/**
 * The body of the request. No temperature, no prefill, no forced tool and no switch for thinking: the newest models
 * answer 400 to each.
 */
export function requestBody(
  request: LlmRequest,
  model: string,
  maxTokens: number,
  effort: Env['MEMORI_CLAUDE_EFFORT'],
): MessageCreateParamsStreaming {
  return {
    model,
    max_tokens: maxTokens,
    stream: true,
    system: request.system.flatMap(textBlock),
    messages: request.messages.map(({ role, content }) => ({ role, content: content.flatMap(textBlock) })),
    output_config: {
      format: { type: 'json_schema', schema: request.schema },
      ...(takesEffort(model) && { effort }),
    },
  };
}

const HALF_A_PAIR = /\p{Surrogate}/gu;

/** An empty block is refused by the API; half a surrogate pair would make the whole body unreadable there. */
function textBlock({ text, cache }: LlmBlock): TextBlockParam[] {
  if (text === '') return [];
  const block: TextBlockParam = { type: 'text', text: text.replace(HALF_A_PAIR, '\ufffd') };
  return cache ? [{ ...block, cache_control: { type: 'ephemeral', ttl: cache } }] : [block];
}
