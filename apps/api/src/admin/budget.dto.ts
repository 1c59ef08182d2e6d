import { ApiProperty } from '@nestjs/swagger';
import { LIMIT_WINDOWS, type LimitWindow } from '@memori/budget';
import { ChoiceField, FlagField, IntegerField, NumberField, TextField } from '../openapi/fields';
import { PageQuery } from '../http/page.dto';

const OTHER_TENANT =
  'Another tenant than your own, or `*` (with the id `*`) for every tenant. For administrators of the tenant `default`.';

/** A limit of one scope in one window. */
export class SetBudgetRequest {
  @ChoiceField(LIMIT_WINDOWS, { description: 'When it starts afresh; `total` never does.', example: 'month' })
  window: LimitWindow;

  @IntegerField({
    description: 'The limit in tokens: input, cache writes, output and a tenth of cache reads.',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    example: 1_000_000,
    optional: true,
  })
  tokens?: number | null;

  @NumberField({ description: 'The limit in US dollars.', minimum: 0, maximum: 1e9, example: 50, optional: true })
  usd?: number | null;

  @FlagField({
    description: 'True, instead of amounts: no limit here, whatever a wider one or the configuration says.',
    optional: true,
  })
  unlimited?: boolean | null;

  @NumberField({
    description:
      'Share of the limit at which the alert is raised, once in the window; 0: none. Left out: `MEMORI_BUDGET_ALERT_THRESHOLD`.',
    minimum: 0,
    maximum: 1,
    example: 0.8,
    optional: true,
  })
  soft?: number | null;
}

export class BudgetTargetQuery {
  @TextField({ description: OTHER_TENANT, optional: true, maxLength: 200 })
  tenantId?: string;
}

export class RemoveBudgetQuery extends BudgetTargetQuery {
  @ChoiceField(LIMIT_WINDOWS, { description: 'The window. Left out: all of them.', optional: true })
  window?: LimitWindow;
}

export class ListBudgetsQuery extends PageQuery {
  @TextField({
    description: 'Another tenant than your own. For administrators of the tenant `default`.',
    optional: true,
    maxLength: 200,
  })
  tenantId?: string;
}

/** Prices of one model in US dollars for a million tokens, as decimal texts. */
class Rates {
  @ApiProperty({ description: 'Input that no cache served.', example: '2' })
  input: string;

  @ApiProperty({ description: 'Output.', example: '10' })
  output: string;

  @ApiProperty({ description: 'Input written into the cache for five minutes.', example: '2.50' })
  cacheWrite5m: string;

  @ApiProperty({ description: 'Input written into the cache for an hour.', example: '4' })
  cacheWrite1h: string;

  @ApiProperty({ description: 'Input read from the cache.', example: '0.10' })
  cacheRead: string;
}

class LongPromptRates extends Rates {
  @ApiProperty({ description: 'Prompts of more tokens than this cost these rates, as a whole.', type: 'integer' })
  aboveTokens: number;
}

class ModelRates extends Rates {
  @ApiProperty({ description: 'What the provider calls the model.', example: 'claude-sonnet-5-5' })
  id: string;

  @ApiProperty({ description: 'Other rates for long prompts.', type: LongPromptRates, required: false })
  longPrompt?: LongPromptRates;

  @ApiProperty({ description: 'Tokens that prompt and reply may have together.', type: 'integer' })
  contextTokens: number;

  @ApiProperty({ description: 'Most tokens of one reply.', type: 'integer' })
  maxOutputTokens: number;

  @ApiProperty({ description: 'Shorter prefixes are not cached.', type: 'integer' })
  smallestCacheablePrefix: number;

  @ApiProperty({ description: 'Last day (UTC) on which it answers.', format: 'date', required: false })
  callableUntil?: string;
}

/** A whole price list. The ledger itself checks it: no half of it is ever taken. */
export class PriceListBody {
  @ApiProperty({ description: 'A name of yours for this list.', example: '2026-12' })
  version: string;

  @ApiProperty({ description: 'Share of the price that a batch costs, as a decimal text.', example: '0.5' })
  batchFactor: string;

  @ApiProperty({ description: 'Every model that may be called.', type: ModelRates, isArray: true })
  models: ModelRates[];
}
