import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import type { Tx } from '@memori/database';
import { BackgroundRepository } from './background-repository';
import type { BackgroundRequest, Submitted } from './background-request';
import { Llm } from './llm';

/**
 * The door for work that nobody waits for. A request becomes a row in the caller's own transaction; its reply reaches the
 * BackgroundConsumer of its purpose, once. Directly or in batches: MEMORI_BACKGROUND_BATCH.
 */
@Injectable()
export class BackgroundLlm {
  constructor(
    private readonly repository: BackgroundRepository,
    private readonly llm: Llm,
    private readonly env: Env,
  ) {}

  /** False: nothing would be sent, so that nothing is taken in either. Ask again when it matters. */
  get isOn(): boolean {
    return this.env.MEMORI_BACKGROUND_MODEL_CALLS && this.llm.isConfigured();
  }

  /** Writes the request beside whatever else the transaction writes; it is sent after the commit. */
  async submit(tx: Tx, request: BackgroundRequest): Promise<Submitted> {
    if (!this.isOn) return 'skipped';
    const { scope: _scope, purpose: _purpose, key: _key, ...rest } = request;
    const body = { ...rest, model: request.model ?? this.env.MEMORI_CLAUDE_FAST_MODEL };
    return (await this.repository.insert(tx, request, body)) ? 'submitted' : 'known';
  }
}
