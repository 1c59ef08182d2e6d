import type { RawMessageStreamEvent, Usage, MessageDeltaUsage } from '@anthropic-ai/sdk/resources/messages';
import { NO_USAGE, promptTokens, type TokenUsage } from '@memori/budget';
import { estimateTokens } from './estimate-tokens';

type Reported = Partial<Usage> | Partial<MessageDeltaUsage> | null | undefined;

/** What one call has shown so far. Whatever happens next, this is what may be charged. */
export class StreamEvidence {
  requestId?: string;
  stopReason?: string;
  isComplete = false;
  private reported: TokenUsage = NO_USAGE;
  private isOutputFinal = false;
  private readonly texts: string[] = [];
  private readonly thoughts: string[] = [];

  constructor(
    private readonly model: string,
    /** Where a cache write belongs whose lifetime the provider does not tell. */
    private readonly cacheWrites: '5m' | '1h' = '5m',
  ) {}

  take(event: RawMessageStreamEvent): void {
    switch (event.type) {
      case 'message_start':
        return this.report(event.message?.usage);
      case 'content_block_start':
        if (event.content_block.type === 'text') this.texts.push(event.content_block.text);
        return;
      case 'content_block_delta':
        // Blocks are told apart by their type: the first one may be a thought.
        if (event.delta.type === 'text_delta') this.texts.push(event.delta.text);
        if (event.delta.type === 'thinking_delta') this.thoughts.push(event.delta.thinking);
        return;
      case 'message_delta':
        this.stopReason = event.delta?.stop_reason ?? this.stopReason;
        this.isOutputFinal = typeof event.usage?.output_tokens === 'number';
        return this.report(event.usage);
      case 'message_stop':
        this.isComplete = true;
        return;
      case 'content_block_stop':
        return;
    }
  }

  get text(): string {
    return this.texts.join('');
  }

  /** True once the provider has told what the input cost. */
  get hasStarted(): boolean {
    return promptTokens(this.reported) > 0;
  }

  /** As reported; while the output is not told, what was streamed counts. */
  get usage(): TokenUsage {
    if (this.isOutputFinal) return this.reported;
    const streamed = estimateTokens(this.texts.join('') + this.thoughts.join(''), this.model);
    return { ...this.reported, outputTokens: Math.max(this.reported.outputTokens, streamed) };
  }

  /** Each report is cumulative: it replaces the one before, and what it leaves out stays. */
  private report(usage: Reported): void {
    if (!usage) return;
    const before = this.reported;
    this.reported = {
      inputTokens: count(usage.input_tokens, before.inputTokens),
      cacheReadTokens: count(usage.cache_read_input_tokens, before.cacheReadTokens),
      ...this.cacheWritesOf(usage, before),
      outputTokens: count(usage.output_tokens, before.outputTokens),
    };
  }

  private cacheWritesOf(usage: Exclude<Reported, null | undefined>, before: TokenUsage) {
    const split = 'cache_creation' in usage ? usage.cache_creation : undefined;
    const fiveMinutes = count(split?.ephemeral_5m_input_tokens, before.cacheWrite5mTokens);
    const oneHour = count(split?.ephemeral_1h_input_tokens, before.cacheWrite1hTokens);
    const untold = Math.max(0, count(usage.cache_creation_input_tokens, 0) - fiveMinutes - oneHour);
    if (this.cacheWrites === '1h') return { cacheWrite5mTokens: fiveMinutes, cacheWrite1hTokens: oneHour + untold };
    return { cacheWrite5mTokens: fiveMinutes + untold, cacheWrite1hTokens: oneHour };
  }
}

/** A gateway may report anything; money is made of whole numbers only. */
function count(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : otherwise;
}
