import {
  flag,
  id,
  integer,
  list,
  number,
  object,
  oneOfTexts,
  orNull,
  pageOf,
  ref,
  text,
  time,
  type Properties,
  type Schema,
} from '../schema';

const STATUSES = ['queued', 'running', 'answered', 'clarification', 'refused', 'failed', 'cancelled'] as const;

type Status = (typeof STATUSES)[number];

/** What every answer has, whatever its status. */
const common: Properties = {
  id: id('Of the question.'),
  sessionId: id('The session that it belongs to.'),
  dataSourceId: id('The data source that it is about.'),
  question: text('What was asked.', 'How many customers do we have?'),
  memories: list('What was recalled for it.', ref('UsedMemory')),
  usage: ref('AnswerUsage'),
  budget: list('How the limits stand afterwards.', ref('BudgetLine')),
  timings: ref('AnswerTimings'),
  createdAt: time('When it was asked.'),
};

const result: Properties = {
  source: oneOfTexts('Where the SQL came from.', ['model', 'verified-query', 'cache']),
  sql: text('The SQL that ran. Absent in a dry run that a model would answer.'),
  columns: list('The columns of the result.', ref('ResultColumn')),
  rows: list('Rows as arrays, so that two columns may share a name.', ref('ResultRow')),
  rowCount: integer('How many rows were read.'),
  truncated: flag('Whether there are more.'),
  explanation: text('What the SQL does, in the language of the question.'),
  summary: text('What came out, in a sentence.'),
  assumptions: list('What was assumed.', { type: 'string' }),
  confidence: oneOfTexts(
    'How far what can be measured speaks for it. `high`: a verified query, or SQL of the model at the first try whose texts are all stored values, or whose rows a second candidate found as well. `medium`: SQL at the first try. `low`: it was repaired, looks for a text that its column does not hold, or a second candidate found other rows. A stored answer keeps that of its first asking.',
    ['high', 'medium', 'low'],
  ),
  chart: ref('Chart'),
  rowsExpired: flag('The rows are no longer kept; `GET …/rows` runs the SQL again.'),
  quote: ref('AnswerQuote'),
};

const ended: Properties = { finishedAt: time('When it ended.') };

const PARTS: Record<Status, { description: string; fields: Properties; optional?: readonly string[] }> = {
  queued: { description: 'It waits in the line.', fields: { queue: ref('QueuePlace') }, optional: ['queue'] },
  running: {
    description: 'It is being answered.',
    fields: { sql: text('The SQL, once the guard passed it.') },
    optional: ['sql'],
  },
  answered: {
    description: 'It is answered.',
    fields: { ...result, ...ended },
    optional: Object.keys(result).filter((name) => name !== 'source'),
  },
  clarification: {
    description: 'It could mean several things: answer with `replyTo`, and with `option` or `question`.',
    fields: { ...pick('source', 'explanation', 'assumptions'), clarification: ref('Clarification'), ...ended },
    optional: ['source', 'explanation', 'assumptions'],
  },
  refused: {
    description: 'It cannot or may not be answered.',
    fields: { ...pick('source', 'explanation', 'assumptions'), refusal: ref('Refusal'), ...ended },
    optional: ['source', 'explanation', 'assumptions'],
  },
  failed: {
    description: 'It failed.',
    fields: { sql: text('The SQL that failed.'), error: ref('Problem'), ...ended },
    optional: ['sql'],
  },
  cancelled: { description: 'It was cancelled.', fields: { error: ref('Problem'), ...ended }, optional: ['error'] },
};

/** Questions and their answers: one schema per status, told apart by it. */
export const questionSchemas: Properties = {
  Answer: {
    description: 'A question as it stands; `status` says which fields it has.',
    oneOf: STATUSES.map((status) => ref(nameOf(status))),
    discriminator: {
      propertyName: 'status',
      mapping: Object.fromEntries(STATUSES.map((status) => [status, `#/components/schemas/${nameOf(status)}`])),
    },
  },
  ...Object.fromEntries(STATUSES.map((status) => [nameOf(status), answerSchema(status)])),
  ResultColumn: object(
    'One column of a result.',
    {
      name: text('Its name.', 'customers'),
      type: text('Its type, as `format_type()` prints it.', 'bigint'),
      label: text('Its name for people, in the language of the answer.', 'Customers'),
    },
    ['label'],
  ),
  Chart: object(
    'A chart that suits the result, as a Vega-Lite specification. Bind the rows, as objects by column name, as `rows`.',
    {
      $schema: text('The version of Vega-Lite.', 'https://vega.github.io/schema/vega-lite/v6.json'),
      data: object('Where the data come from.', { name: oneOfTexts('Always this.', ['rows']) }),
      mark: oneOfTexts('What is drawn.', ['line', 'bar', 'point']),
      encoding: object(
        'Which column is shown how.',
        {
          x: ref('ChartChannel'),
          y: ref('ChartChannel'),
          color: ref('ChartChannel'),
          xOffset: ref('ChartChannel'),
          yOffset: ref('ChartChannel'),
        },
        ['color', 'xOffset', 'yOffset'],
      ),
    },
  ),
  ChartChannel: object(
    'One column in a chart.',
    {
      field: text('Its name; dots, brackets, quotes and backslashes are escaped, as Vega-Lite wants it.', 'city'),
      type: oneOfTexts('What it says.', ['quantitative', 'temporal', 'nominal', 'ordinal']),
      title: text('Its name for people.', 'City'),
      sort: { type: 'string', nullable: true, enum: [null], description: 'null: in the order of the rows.' },
      scale: object('Dates are read and shown in UTC.', { type: oneOfTexts('Always this.', ['utc']) }),
    },
    ['sort', 'scale'],
  ),
  ResultRow: list('One value for each column: int8 and numeric as text, unrounded; NULL as null.', { nullable: true }),
  UsedMemory: object('Something that was recalled.', {
    id: text('Of the turn or the memory.'),
    content: text('What stood in the prompt.'),
    score: number('The higher, the better.'),
  }),
  AnswerUsage: object('What the model was asked, all attempts together.', {
    model: orNull(text('The model; null when none was asked.', 'claude-sonnet-5-5')),
    inputTokens: integer('Input that no cache served.'),
    cacheReadTokens: integer('Input read from the provider’s cache.'),
    cacheWriteTokens: integer('Input written into it.'),
    outputTokens: integer('Output.'),
    costUsd: number('What it cost.'),
    attempts: integer('Calls to the model.'),
  }),
  AnswerQuote: object('Of a dry run: what the question would come to. Its `usage` holds the most of one attempt too.', {
    source: oneOfTexts('Where the SQL would come from; a verified query and a stored answer cost nothing.', [
      'model',
      'verified-query',
      'cache',
    ]),
    model: orNull(text('The model that would be asked first.', 'claude-sonnet-5-5')),
    modelReason: orNull(text('Why that one.', 'first')),
    atMost: object('The most that one attempt could be billed, by kind.', {
      inputTokens: integer('Input that is not written to the provider’s cache.'),
      cacheWriteTokens: integer('Input that may be written to it, at its dearer price.'),
      outputTokens: integer('The longest reply.'),
      costUsd: number('In USD.'),
    }),
    estimatedInputTokens: integer('About how many input tokens: what the limit of one request bounds.'),
    wouldFail: orNull(ref('QuotedFailure')),
    context: orNull(ref('QuestionContext')),
  }),
  QuotedFailure: object(
    'What would keep the question from being answered now.',
    {
      code: oneOfTexts('The code that it would fail with.', ['budget-exhausted', 'model-not-configured']),
      limitSource: text('`request`, or scope and window of the limit.', 'user/day'),
      unit: oneOfTexts('Of the amounts.', ['tokens', 'usd']),
      limit: number('The limit.'),
      remaining: number('What is left of it.'),
      asked: number('What the call would need.'),
      resetsAt: orNull(time('When the limit begins anew; null for one that never does.')),
    },
    ['limitSource', 'unit', 'limit', 'remaining', 'asked', 'resetsAt'],
  ),
  AnswerTimings: object('Where the time went, in milliseconds.', {
    queueMs: number('In the line.'),
    contextMs: number('Gathering what goes into the prompt.'),
    modelMs: number('At the model.'),
    guardMs: number('Checking the SQL.'),
    databaseMs: number('At the data source.'),
    totalMs: number('All in all.'),
  }),
  QueuePlace: object('Where it stands in the line.', {
    position: integer('From 1.'),
    estimatedWaitMs: integer('About how long it will wait.'),
  }),
  Clarification: object('What must be known first.', {
    question: text('The question back.'),
    options: list('Possible answers.', { type: 'string' }),
  }),
  QuestionPage: pageOf('Answer'),
  ResultTable: object('The rows of an answer.', {
    columns: list('The columns.', ref('ResultColumn')),
    rowCount: integer('How many rows.'),
    truncated: flag('Whether there were more.'),
    rows: list('Rows as arrays.', ref('ResultRow')),
  }),
  QuestionContext: object(
    'What went into the prompt and what was left out. Empty when no prompt was made.',
    {
      parts: list(
        'What went in.',
        object(
          'One part of the prompt.',
          {
            part: text('Which one.', 'schema'),
            tokens: integer('About how many tokens.'),
            reason: text('Why it is there.'),
            items: list('What it holds.', { type: 'string' }),
          },
          ['items'],
        ),
      ),
      leftOut: list(
        'What did not.',
        object('Something that was left out.', {
          part: text('Of which part.'),
          reason: text('Why.'),
          items: list('What.', { type: 'string' }),
        }),
      ),
      estimatedTokens: integer('The prompt as a whole.'),
      limit: integer('How many it might have.'),
      model: object('The model that it was laid out for.', {
        id: text('Which one.', 'claude-sonnet-5-5'),
        reason: text('Why that one: pinned, first, hard-question, climbed, budget-low or overloaded.', 'first'),
        signs: list('What made the question look hard.', { type: 'string' }),
      }),
      secondCandidate: object(
        'Where the answer was uncertain: whether another candidate was asked for, and what came of it.',
        {
          because: list('Signs: hard-question, repaired, missing-value, tables-close.', { type: 'string' }),
          outcome: oneOfTexts(
            'Whether both found the same rows. `no-result`: there was nothing to compare. `too-dear`, `cut-off`: none was asked for.',
            ['agreed', 'disagreed', 'no-result', 'too-dear', 'cut-off'],
          ),
          model: text('Who was asked for it.', 'claude-haiku-5-5'),
          taken: oneOfTexts('Which of the two is the answer.', ['first', 'second']),
        },
        ['model', 'taken'],
      ),
    },
    ['model', 'secondCandidate'],
  ),
  Feedback: object(
    'What was noted.',
    {
      id: id('Of the note.'),
      questionId: id('Of the question.'),
      verdict: oneOfTexts('What the asker thought.', ['correct', 'incorrect']),
      corrected: ref('SqlResult'),
    },
    ['corrected'],
  ),
  Refusal: object('Why it is not answered.', {
    code: text('A stable code.', 'not-answerable'),
    reason: text('The reason, for people.'),
  }),
};

function pick(...names: (keyof typeof result)[]): Properties {
  return Object.fromEntries(names.map((name) => [name, result[name] as Schema]));
}

function nameOf(status: Status): string {
  return `${status.charAt(0).toUpperCase()}${status.slice(1)}Answer`;
}

function answerSchema(status: Status): Schema {
  const { description, fields, optional } = PARTS[status];
  return object(description, { status: oneOfTexts('How it stands.', [status]), ...common, ...fields }, optional);
}
