/** Who answers in the place of the model, or that it does itself. */
export type ModelMode =
  { readonly kind: 'live' | 'oracle' } | { readonly kind: 'replay' | 'record' | 'prompts'; readonly file: string };

/** `live`, `oracle`, `replay=FILE`, `record=FILE`, `prompts=FILE`; undefined for anything else. */
export function readModelMode(text: string): ModelMode | undefined {
  if (text === 'live' || text === 'oracle') return { kind: text };
  const match = /^(replay|record|prompts)=(.+)$/s.exec(text);
  return match ? { kind: match[1] as 'replay', file: match[2] ?? '' } : undefined;
}
