import { integer, list, number, object, oneOfTexts, orNull, ref, text, time, type Properties } from '../schema';

/** What may be spent and what was. */
export const budgetSchemas: Properties = {
  BudgetLine: object(
    'How one limit stands.',
    {
      scope: text('Whose limit it is.', 'user'),
      window: oneOfTexts('When it starts afresh.', ['day', 'month', 'total']),
      unit: oneOfTexts('What its amounts count.', ['tokens', 'usd']),
      limit: number('The limit.'),
      posted: number('What was spent.'),
      held: number('What is reserved for calls in flight.'),
      remaining: number('What is left.'),
      resetsAt: orNull(time('When it starts afresh; null: never.')),
    },
    ['unit'],
  ),
  BudgetStanding: object('Every limit that binds the user.', { items: list('One line for each.', ref('BudgetLine')) }),
  UsageItem: object('What one day, model, user … came to.', {
    key: orNull(text('The day, model, user …; null where the call had none.')),
    attempts: integer('Calls to the model.'),
    inputTokens: integer('Input that no cache served.'),
    cacheReadTokens: integer('Input read from the provider’s cache.'),
    cacheWriteTokens: integer('Input written into it.'),
    outputTokens: integer('Output.'),
    costUsd: number('What it cost.'),
    savedUsd: number('What it would have cost more without the caches.'),
  }),
  Usage: object('What was spent.', { items: list('One line for each group.', ref('UsageItem')) }),
};
