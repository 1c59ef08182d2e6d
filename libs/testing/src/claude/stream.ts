import { type Spoken, cumulativeUsage, emptyMessage, stopOf } from './message';

const CHARACTERS_PER_DELTA = 24;

/** The events of one streamed message in the order in which the API sends them. */
export function* streamEvents(spoken: Spoken): Generator<string> {
  yield event('message_start', { message: emptyMessage(spoken) });
  let index = 0;
  if (spoken.thinking) yield* thinkingEvents(spoken.thinking, index++, true);
  if (spoken.text !== undefined) yield* textEvents(spoken.text, index, index === 0);
  yield event('message_delta', { delta: { ...stopOf(spoken), container: null }, usage: cumulativeUsage(spoken) });
  yield event('message_stop', {});
}

export function errorEvent(body: object): string {
  return `event: error\ndata: ${JSON.stringify(body)}\n\n`;
}

function* thinkingEvents(thinking: { text: string; signature: string }, index: number, isFirst: boolean) {
  yield event('content_block_start', { index, content_block: { type: 'thinking', thinking: '', signature: '' } });
  if (isFirst) yield event('ping', {});
  if (thinking.text)
    yield event('content_block_delta', { index, delta: { type: 'thinking_delta', thinking: thinking.text } });
  yield event('content_block_delta', { index, delta: { type: 'signature_delta', signature: thinking.signature } });
  yield event('content_block_stop', { index });
}

function* textEvents(text: string, index: number, isFirst: boolean) {
  yield event('content_block_start', { index, content_block: { type: 'text', text: '', citations: null } });
  if (isFirst) yield event('ping', {});
  const characters = [...text]; // whole characters: a delta never cuts a surrogate pair in two
  for (let at = 0; at < characters.length; at += CHARACTERS_PER_DELTA) {
    const piece = characters.slice(at, at + CHARACTERS_PER_DELTA).join('');
    yield event('content_block_delta', { index, delta: { type: 'text_delta', text: piece } });
  }
  yield event('content_block_stop', { index });
}

function event(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}
