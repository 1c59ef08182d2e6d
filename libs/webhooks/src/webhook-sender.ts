import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Env } from '@memori/config';
import { guardedLookup, OutgoingAddressError, urlFault } from '@memori/security';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { type Outcome, retryAfterMs } from './retry-plan';

const TIMEOUT_MS = 10_000;

/** One POST: through the proxy that the environment names, no redirect followed, ten seconds at most, the reply unread. */
@Injectable()
export class WebhookSender implements OnModuleDestroy {
  private readonly policy: { allowPrivate: boolean };
  private readonly agent: EnvHttpProxyAgent;

  constructor(env: Env) {
    this.policy = { allowPrivate: env.MEMORI_ALLOW_PRIVATE_DATA_SOURCES };
    // Connections to a proxy are made by options of their own: only what goes out directly is looked up here.
    this.agent = new EnvHttpProxyAgent({ connect: { lookup: guardedLookup(this.policy), timeout: TIMEOUT_MS } });
  }

  async onModuleDestroy(): Promise<void> {
    await this.agent.destroy();
  }

  async post(url: string, headers: Readonly<Record<string, string>>, body: string, nowMs: number): Promise<Outcome> {
    // Again at every delivery: what is allowed may have changed since the webhook was made.
    if (urlFault(url, this.policy)) return { fault: 'address-refused' };
    try {
      const reply = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'Memori-Webhook/1', ...headers },
        body,
        redirect: 'manual',
        dispatcher: this.agent,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await reply.body?.cancel();
      const wait = retryAfterMs(reply.headers.get('retry-after'), nowMs);
      return { status: reply.status, ...(wait !== undefined && { retryAfterMs: wait }) };
    } catch (error) {
      return { fault: faultOf(error) };
    }
  }
}

/** Why no reply came, in a word. The message of an error may quote the URL. */
function faultOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: unknown };
  if (cause instanceof OutgoingAddressError) return 'address-refused';
  if (name === 'TimeoutError') return 'timeout';
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code.toLowerCase().replaceAll('_', '-') : 'no-reply';
}
