import { goldQueries } from './gold-queries';
import { InputError, type InputRecord } from './input-records';

/** A question over one database, with the queries that answer it; the first that runs is the gold. */
export interface QuestionCase {
  readonly id: string;
  /** The name of the database in its set; a schema map says which schema that is. */
  readonly dbId: string;
  readonly question: string;
  /** Empty when the question cannot be answered. */
  readonly golds: readonly string[];
  /** False: the right answer is to refuse, or to ask back. */
  readonly answerable: boolean;
  readonly difficulty?: string;
}

// The names that public sets use: Spider, BIRD, defog.
const DB = ['db_id', 'db_name', 'database'];
const GOLD = ['query_pg', 'gold', 'query', 'SQL', 'sql'];
const DIFFICULTY = ['difficulty', 'hardness', 'query_category'];
/** A gold that is one of these words says that there is none; so do the flags of `isAnswerable`. */
const NO_GOLD = /^(null|none|nan|unanswerable|refusal|refused|clarification)$/i;

/** Records as questions. A record that lacks a part that it must have is an InputError; `i` or `id` names the case. */
export function questionCases(records: readonly InputRecord[]): QuestionCase[] {
  return records.map((record) => {
    const difficulty = findText(record, DIFFICULTY);
    const answerable = isAnswerable(record);
    return {
      id: idOf(record),
      dbId: textIn(record, DB),
      question: textIn(record, ['question']),
      golds: answerable ? goldsOf(record) : [],
      answerable,
      ...(difficulty !== undefined && { difficulty }),
    };
  });
}

/** `answerable: false`, `is_impossible: true`, or a gold that is null or says so. */
function isAnswerable({ fields }: InputRecord): boolean {
  const { answerable, is_impossible: isImpossible } = fields;
  if (String(answerable) === 'false' || String(isImpossible) === 'true') return false;
  const gold = GOLD.map((name) => fields[name]).find((value) => value !== undefined);
  return !(gold === null || (typeof gold === 'string' && NO_GOLD.test(gold.trim())));
}

/** Several golds come as a list, or separated by `;` with defog's `{a, b}` for any combination of columns. */
function goldsOf(record: InputRecord): string[] {
  const listed = GOLD.map((name) => record.fields[name]).find(Array.isArray);
  const texts = listed ? listed.filter((each) => typeof each === 'string') : [textIn(record, GOLD)];
  const golds = texts.flatMap(goldQueries);
  if (golds.length === 0) throw new InputError(`${record.place}: there is no gold query.`);
  return golds;
}

function idOf({ fields, place }: InputRecord): string {
  const id = fields['id'] ?? fields['i'];
  return typeof id === 'string' || typeof id === 'number' ? String(id) : place;
}

function textIn(record: InputRecord, names: readonly string[]): string {
  const text = findText(record, names);
  if (text !== undefined && text.trim() !== '') return text;
  throw new InputError(`${record.place}: "${names[0]}" is missing.`);
}

function findText({ fields }: InputRecord, names: readonly string[]): string | undefined {
  return names.map((name) => fields[name]).find((value) => typeof value === 'string');
}
