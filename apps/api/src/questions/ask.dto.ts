import { FlagField, IntegerField, TextField } from '../openapi/fields';

export class AskRequest {
  @TextField({
    description: 'The question, in any language. May be left out when `option` answers a clarification.',
    example: 'How many customers do we have?',
    optional: true,
    minLength: 1,
    maxLength: 10_000,
  })
  question?: string | null;

  @TextField({
    description: 'The data source, by id or name; may be left out when you see exactly one.',
    example: 'demo',
    optional: true,
  })
  dataSourceId?: string | null;

  @TextField({
    description: 'The session that it continues: its id, or `ext:` and your own. A new one when left out.',
    optional: true,
  })
  sessionId?: string | null;

  @TextField({
    description: 'What a new session is about; `schema:` and the id of the data source when left out.',
    optional: true,
    maxLength: 200,
  })
  namespace?: string | null;

  @FlagField({ description: 'False: the SQL is written and checked, and does not run.', default: true, optional: true })
  execute?: boolean | null;

  @IntegerField({ description: 'Most rows to read.', default: 1000, minimum: 1, optional: true })
  maxRows?: number | null;

  @TextField({ description: 'Pins a model.', example: 'claude-opus-5-5', optional: true })
  model?: string | null;

  @TextField({
    description: 'The language of the answer (BCP 47); that of the question when left out.',
    example: 'zh-CN',
    optional: true,
  })
  language?: string | null;

  @TextField({
    description: 'The asker’s time zone: “last month” is his, and so are the times in the rows.',
    example: 'Asia/Shanghai',
    optional: true,
  })
  timeZone?: string | null;

  @FlagField({
    description:
      'Whether a sentence says what came out: a second call to the model, which sees up to 20 rows. Only where the data source has `shareRows`; else an assumption says that there is none.',
    default: false,
    optional: true,
  })
  summarize?: boolean | null;

  @FlagField({
    description:
      'Calls nothing, holds nothing and writes nothing: `quote` tells what it would come to at most, which model and ' +
      'context would be chosen, and which limit would refuse it. Its id cannot be read again.',
    default: false,
    optional: true,
  })
  dryRun?: boolean | null;

  @TextField({
    description: 'The id of the question whose clarification this answers.',
    format: 'uuid',
    optional: true,
  })
  replyTo?: string | null;

  @IntegerField({ description: 'Which of its options, from 0.', minimum: 0, optional: true })
  option?: number | null;
}

/** Named examples for Swagger UI. */
export const ASK_EXAMPLES = {
  english: {
    summary: 'A question in English',
    value: { question: 'How many active customers are there in each region?', dataSourceId: 'demo' },
  },
  chinese: {
    summary: 'A question in Chinese',
    value: { question: '每个大区有多少启用的客户？', dataSourceId: 'demo', timeZone: 'Asia/Shanghai' },
  },
  followUp: {
    summary: 'A follow-up in the same session',
    value: { question: 'And in 2024?', dataSourceId: 'demo', sessionId: 'ext:my-first-session' },
  },
  correction: {
    summary: 'The answer to a clarification',
    value: { replyTo: '01939d0c-5f2e-7c1a-9b5e-0f6a3d2c1b0a', option: 0, dataSourceId: 'demo' },
  },
};
