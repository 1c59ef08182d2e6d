import { type Reply, replies } from './reply';
import { aliasesOf } from './alias-words';
import { isObject } from './fields';
import type { ClaudeRequest } from './request';
import { STEERINGS, isChinese } from './steering';

const NAME = '(?:"[^"\\n]+"|[\\p{L}_][\\p{L}\\p{N}_$]*)';
const QUALIFIED = `${NAME}(?:\\.${NAME})?`;
/** How a schema may stand in a prompt: DDL, `table x`, a heading, or `x(…)`. */
const TABLE_FORMS = [
  new RegExp(`CREATE\\s+(?:TABLE|(?:MATERIALIZED\\s+)?VIEW|FOREIGN\\s+TABLE)\\s+(${QUALIFIED})`, 'giu'),
  new RegExp(`^[#*\\- ]*(?:foreign |partitioned |materialized )?(?:table|view)\\s*:?\\s+(${QUALIFIED})`, 'gimu'),
  new RegExp(`^(?:#+\\s*)?(${QUALIFIED})\\s*\\(`, 'gimu'),
];

/** What the fake says when no script tells it: steering words first, then a plain query over a table of the prompt. */
export function think(request: ClaudeRequest): Reply {
  if (request.purpose !== undefined && request.purpose !== 'memori-answer-1') return background(request);
  const steering = STEERINGS.find(({ pattern }) => pattern.test(request.question));
  return steering ? steering.reply(request, () => plainAnswer(request)) : plainAnswer(request);
}

function plainAnswer(request: ClaudeRequest): Reply {
  const chinese = isChinese(request.question);
  const table = bestTable(request);
  if (!table)
    return replies.refusal(chinese ? '[simulated] 提示中没有任何表。' : '[simulated] The prompt names no table.');
  const counts = /\bhow many\b|\bcount\b|\bnumber of\b|多少|几个|数量/i.test(request.question);
  return replies.sql(counts ? `SELECT count(*) AS count FROM ${table}` : `SELECT * FROM ${table} LIMIT 20`, {
    explanation: chinese
      ? `[simulated] 没有调用真正的模型;这只是对 ${table} 的简单查询。`
      : `[simulated] No real model was asked; this is a plain query over ${table}.`,
    assumptions: [chinese ? '[simulated] 由假的 Claude 生成' : '[simulated] Written by the fake Claude'],
  });
}

/** The table whose name stands in the question, else the first one. */
function bestTable(request: ClaudeRequest): string | undefined {
  const tables = tablesOf(promptWithoutQuestion(request));
  const question = request.question.toLowerCase();
  const stem = (table: string) => (table.split('.').at(-1) ?? '').replaceAll('"', '').toLowerCase().replace(/s$/, '');
  return tables.find((table) => stem(table) !== '' && question.includes(stem(table))) ?? tables[0];
}

/** Names of tables in a prompt, in its order. */
export function tablesOf(prompt: string): string[] {
  const schema = /<schema\b[^>]*>([\s\S]*?)<\/schema>/.exec(prompt)?.[1];
  if (schema !== undefined) return tablesOf(schema);
  for (const form of TABLE_FORMS) {
    const found = [...prompt.matchAll(form)].flatMap((match) => match[1] ?? []);
    if (found.length > 0) return [...new Set(found)];
  }
  return [];
}

function promptWithoutQuestion(request: ClaudeRequest): string {
  return request.promptText.slice(0, request.promptText.length - request.question.length);
}

const REMEMBER = /\b(?:remember|always|never|i prefer|from now on)\b|记住|以后|我喜欢|总是/i;
const TURN_ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

/** Replies of the background purposes; what is left out is filled so that the schema holds. */
function background(request: ClaudeRequest): Reply {
  if (request.purpose === 'memori-facts-1') return replies.json({ facts: factsOf(request) });
  if (request.purpose === 'memori-aliases-1')
    return replies.json({ tables: aliasesOf(request.question, aliasLanguages(request.schema)) });
  if (request.purpose === 'memori-same-question-1') return replies.json({ same: false });
  const words = isChinese(request.question) ? '[simulated] 摘要' : '[simulated] A summary';
  return replies.json({ summary: words, text: words });
}

/** The lists that the schema of the reply wants beside each table. */
function aliasLanguages(schema: ClaudeRequest['schema']): string[] {
  const table = ['properties', 'tables', 'items', 'properties'].reduce<unknown>(
    (part, key) => (isObject(part) ? part[key] : undefined),
    schema,
  );
  return isObject(table) ? Object.keys(table).filter((key) => key !== 'table' && key !== 'columns') : [];
}

function factsOf(request: ClaudeRequest) {
  const lines = request.question.split('\n').filter((line) => REMEMBER.test(line));
  return lines.map((line) => ({
    content: line.replace(TURN_ID, '').trim().slice(0, 500),
    category: 'preference',
    importance: 0.5,
    subject: 'user',
    predicate: 'said',
    validFrom: null,
    validTo: null,
    turnIds: TURN_ID.exec(line) ?? [],
  }));
}
