import { guardedLookup, OutgoingAddressError, type OutgoingAddressPolicy, urlFault } from '@memori/security';
import { StartError } from '@memori/database';
import { EnvHttpProxyAgent, fetch, type Response } from 'undici';
import { EmbeddingError } from './embedding-error';
import { type EmbeddingPurpose, EmbeddingProvider } from './embedding-provider';
import { vectorsOfReply } from './http-reply';

const MOST_TRIES: Readonly<Record<EmbeddingPurpose, number>> = { query: 2, document: 4 };
/** A question waits for its vector; what is embedded in the background does not matter to anybody. */
const TIMEOUT_MS: Readonly<Record<EmbeddingPurpose, number>> = { query: 4000, document: 60_000 };
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS: Readonly<Record<EmbeddingPurpose, number>> = { query: 1000, document: 30_000 };
/** 96 vectors of 4,096 dimensions as JSON are less. */
const MOST_REPLY_BYTES = 32 * 1024 * 1024;

export interface HttpEndpoint {
  readonly url: string;
  readonly model: string;
  readonly apiKey: string;
}

/** For tests: what waits, and what draws. */
export interface HttpOptions {
  readonly policy: OutgoingAddressPolicy;
  readonly timeoutMs?: number;
  readonly pause: (ms: number) => Promise<void>;
  readonly random: () => number;
}

/**
 * An endpoint that takes `{ model, input }` and answers `{ data: [{ embedding }] }`, as OpenAI, Voyage, Ollama, vLLM and
 * text-embeddings-inference do. Voyage's models are told `input_type` too. By HTTPS_PROXY and NO_PROXY, no redirect
 * followed, passing failures (429, 5xx, a lost connection, a timeout) tried again with backoff and full jitter.
 */
export class HttpEmbeddings extends EmbeddingProvider {
  readonly model: string;
  readonly batchSize = 96;
  readonly maxCharacters = 8000;
  private readonly agent: EnvHttpProxyAgent;
  private readonly url: string;

  constructor(
    private readonly endpoint: HttpEndpoint,
    private readonly options: HttpOptions,
  ) {
    super();
    if (endpoint.url === '' || endpoint.model === '')
      throw new StartError(
        'MEMORI_EMBEDDING_PROVIDER=http needs MEMORI_EMBEDDING_PROVIDER_URL and MEMORI_EMBEDDING_PROVIDER_MODEL.',
      );
    const fault = urlFault(endpoint.url, options.policy);
    if (fault) throw new StartError(`MEMORI_EMBEDDING_PROVIDER_URL ${fault}.`);
    this.url = withPath(endpoint.url);
    this.model = `http:${endpoint.model}`;
    this.agent = new EnvHttpProxyAgent({ connect: { lookup: guardedLookup(options.policy), timeout: 10_000 } });
  }

  async embed(texts: readonly string[], purpose: EmbeddingPurpose): Promise<Float32Array[]> {
    if (texts.length === 0) return [];
    for (let tries = 1; ; tries++) {
      const outcome = await this.attempt(texts, purpose);
      if ('vectors' in outcome) return outcome.vectors;
      if (!outcome.error.isPassing || tries >= MOST_TRIES[purpose]) throw outcome.error;
      await this.options.pause(this.pauseMs(outcome, tries, purpose));
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private async attempt(texts: readonly string[], purpose: EmbeddingPurpose): Promise<Outcome> {
    try {
      const reply = await fetch(this.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(this.endpoint.apiKey && { authorization: `Bearer ${this.endpoint.apiKey}` }),
        },
        body: JSON.stringify(this.bodyOf(texts, purpose)),
        redirect: 'manual',
        dispatcher: this.agent,
        signal: AbortSignal.timeout(this.options.timeoutMs ?? TIMEOUT_MS[purpose]),
      });
      if (reply.status !== 200) return await refused(reply);
      return { vectors: vectorsOfReply(await jsonOf(reply), texts.length) };
    } catch (error) {
      return { error: error instanceof EmbeddingError ? error : unreached(error) };
    }
  }

  private bodyOf(texts: readonly string[], purpose: EmbeddingPurpose): unknown {
    const { model } = this.endpoint;
    return { model, input: texts, ...(model.startsWith('voyage') && { input_type: purpose }) };
  }

  /** Full jitter, never sooner than the endpoint asks, as far as that is bearable. */
  private pauseMs({ retryAfterMs = 0 }: Failure, tries: number, purpose: EmbeddingPurpose): number {
    const drawn = this.options.random() * FIRST_PAUSE_MS * 4 ** (tries - 1);
    return Math.min(Math.max(drawn, retryAfterMs), LONGEST_PAUSE_MS[purpose]);
  }
}

interface Failure {
  readonly error: EmbeddingError;
  readonly retryAfterMs?: number;
}
type Outcome = Failure | { readonly vectors: Float32Array[] };

/** `https://host` and `https://host/v1` mean the path that all of them have; a longer one is taken as it is. */
function withPath(url: string): string {
  const parsed = new URL(url);
  if (/^\/?$/.test(parsed.pathname)) parsed.pathname = '/v1/embeddings';
  else if (/\/v\d+\/?$/.test(parsed.pathname)) parsed.pathname = `${parsed.pathname.replace(/\/$/, '')}/embeddings`;
  return parsed.toString();
}

async function refused(reply: Response): Promise<Failure> {
  await reply.body?.cancel();
  const { status } = reply;
  const isPassing = status === 408 || status === 429 || status >= 500;
  const seconds = Number(reply.headers.get('retry-after') ?? Number.NaN);
  const error = new EmbeddingError(`http-${status}`, `The embedding endpoint answered with ${status}.`, isPassing);
  return { error, ...(seconds > 0 && { retryAfterMs: seconds * 1000 }) };
}

async function jsonOf(reply: Response): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of reply.body ?? []) {
    size += (part as Uint8Array).length;
    if (size > MOST_REPLY_BYTES)
      throw new EmbeddingError('bad-reply', 'The reply of the embedding endpoint is too long.', false);
    parts.push(part as Uint8Array);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new EmbeddingError('bad-reply', 'The reply of the embedding endpoint is no JSON.', false);
  }
}

/** The message of the error itself may quote the address: only its code is told. */
function unreached(error: unknown): EmbeddingError {
  const { name, cause } = error as { name?: string; cause?: unknown };
  if (name === 'TimeoutError')
    return new EmbeddingError('timeout', 'The embedding endpoint did not answer in time.', true);
  if (cause instanceof OutgoingAddressError)
    return new EmbeddingError('address-refused', `The embedding endpoint ${cause.message}.`, false);
  const code = (cause as { code?: unknown } | undefined)?.code;
  const word = typeof code === 'string' ? code.toLowerCase().replaceAll('_', '-') : 'no-reply';
  return new EmbeddingError(word, `The embedding endpoint cannot be reached (${word}).`, true);
}
