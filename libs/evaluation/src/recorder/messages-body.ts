/** The parts of a request of the Messages API that Memori sends. */
export interface MessagesBody {
  readonly model: string;
  readonly max_tokens?: number;
  readonly stream?: boolean;
  readonly system: readonly TextBlock[];
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly content: readonly TextBlock[] }[];
  readonly output_config?: {
    readonly effort?: string;
    readonly format?: { readonly schema?: { readonly title: string; readonly [keyword: string]: unknown } };
  };
}

interface TextBlock {
  readonly type: 'text';
  readonly text: string;
}

/** The structured output that answers a question has this title: a part of the contract. */
export const ANSWER_PURPOSE = 'memori-answer-1';

/** Undefined: it is none of Memori's requests. */
export function readMessagesBody(text: string): MessagesBody | undefined {
  try {
    const body = JSON.parse(text) as Partial<MessagesBody> | null;
    return Array.isArray(body?.system) && Array.isArray(body.messages) ? (body as MessagesBody) : undefined;
  } catch {
    return undefined;
  }
}

/** Alone and byte for byte in the last block of the last user message. */
export function questionOf({ messages }: MessagesBody): string {
  return messages.findLast(({ role }) => role === 'user')?.content.at(-1)?.text ?? '';
}

/** The name of the data source, as the schema's block gives it. */
export function dataSourceOf({ system }: MessagesBody): string {
  const name = system
    .map(({ text }) => /^<schema data-source=("(?:[^"\\]|\\.)*")/.exec(text)?.[1])
    .find((each) => each !== undefined);
  return name === undefined ? '' : (JSON.parse(name) as string);
}

/** Everything that the model reads, in order. */
export function promptText({ system, messages }: MessagesBody): string {
  return [...system, ...messages.flatMap(({ content }) => content)].map(({ text }) => text).join('\n');
}

export function purposeOf({ output_config: config }: MessagesBody): string | undefined {
  return config?.format?.schema?.title;
}
