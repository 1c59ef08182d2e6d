import type { DomainError } from '@memori/errors';
import { departure } from './conforms';
import type { JsonSchema } from './llm';
import { refusedByModel, replyInvalid } from './llm-errors';

export type ReplyVerdict = { readonly json: unknown } | { readonly error: DomainError; readonly outcome: string };

/** Whether a whole reply is what was asked for. Messages hold nothing of its text. */
export function judgeReply(stopReason: string | undefined, text: string, schema: JsonSchema): ReplyVerdict {
  switch (stopReason) {
    case 'refusal':
      return { error: refusedByModel(), outcome: 'refused' };
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return invalid(
        'max-tokens',
        'The answer of the model was cut off. Raise MEMORI_MAX_OUTPUT_TOKENS, or ask for less at once.',
      );
    case 'end_turn':
    case 'stop_sequence':
      return judgeText(text, schema);
    default:
      return invalid(
        'stopped-early',
        `The model stopped for a reason that Memori did not ask for (${nameOf(stopReason)}).`,
      );
  }
}

function judgeText(text: string, schema: JsonSchema): ReplyVerdict {
  const trimmed = text.trim();
  if (trimmed === '') return invalid('empty', 'The model gave an empty answer.');
  let json: unknown;
  try {
    json = JSON.parse(trimmed);
  } catch {
    // The parser's message would quote the reply.
    if (!/^[[{]/.test(trimmed)) return invalid('prose', 'The model answered in prose where JSON was asked for.');
    return invalid('broken-json', 'The JSON that the model answered is broken.');
  }
  const at = departure(json, schema);
  if (at === undefined) return { json };
  return invalid(
    'other-shape',
    `The JSON that the model answered departs from the schema ${schema.title}${at && ` at ${pointerOf(at)}`}.`,
  );
}

/** Names of the schema may be told, names that the model made up may not. */
function pointerOf(at: string): string {
  return at.length <= 100 && /^[\w/-]+$/.test(at) ? at : 'an inner place';
}

function nameOf(stopReason: string | undefined): string {
  return stopReason && /^[a-z_]{1,40}$/.test(stopReason) ? stopReason : 'none was given';
}

function invalid(reason: Parameters<typeof replyInvalid>[0], message: string): ReplyVerdict {
  return { error: replyInvalid(reason, message), outcome: `invalid-${reason}` };
}
