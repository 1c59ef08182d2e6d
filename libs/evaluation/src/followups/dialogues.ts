import { join } from 'node:path';
import { InputError, type InputRecord } from '@memori/golds';

/** A text that the prompt must hold, or several of which one will do. */
export type Must = string | readonly string[];

/** One question of a dialogue, and the SQL that answers it: what the next question leans on. */
export interface DialogueTurn {
  readonly question: string;
  readonly sql: string;
}

/** A conversation, with what each prompt must hold. */
export interface Dialogue {
  readonly id: string;
  /** The data that it is about; left out: the only data source there is. */
  readonly dbId?: string;
  readonly language?: string;
  /** Told to Memori before. */
  readonly memories: readonly { readonly category: string; readonly content: string }[];
  /** Asked before, in a session of its own. */
  readonly earlier: readonly DialogueTurn[];
  readonly turns: readonly (DialogueTurn & { readonly must: readonly Must[] })[];
}

/** Ours: 68 dialogues about the demo data source, 32 of them in Chinese. */
export const OWN_DIALOGUES = join(__dirname, 'dialogues.ndjson');

/** Records `{ id?, db_id?, language?, memories?, earlier?, turns: [{ question, sql, must }] }`. */
export function dialogues(records: readonly InputRecord[]): Dialogue[] {
  return records.map(({ fields, place }) => {
    const { id, db_id: dbId, language } = fields;
    const turns = listIn(fields, 'turns', place);
    if (turns.length === 0) throw new InputError(`${place}: "turns" is empty.`);
    return {
      id: typeof id === 'string' ? id : place,
      ...(typeof dbId === 'string' && { dbId }),
      ...(typeof language === 'string' && { language }),
      memories: listIn(fields, 'memories', place).map((each) => ({
        category: textIn(each, 'category', place),
        content: textIn(each, 'content', place),
      })),
      earlier: listIn(fields, 'earlier', place).map((each) => turnIn(each, place)),
      turns: turns.map((each) => ({ ...turnIn(each, place), must: mustIn(each, place) })),
    };
  });
}

type Fields = Readonly<Record<string, unknown>>;

function turnIn(each: Fields, place: string): DialogueTurn {
  return { question: textIn(each, 'question', place), sql: textIn(each, 'sql', place) };
}

function listIn(fields: Fields, name: string, place: string): Fields[] {
  const list = fields[name] ?? [];
  if (Array.isArray(list) && list.every((each) => typeof each === 'object' && each !== null)) return list as Fields[];
  throw new InputError(`${place}: "${name}" is to be a list of objects.`);
}

function textIn(fields: Fields, name: string, place: string): string {
  const text = fields[name];
  if (typeof text === 'string' && text.trim() !== '') return text;
  throw new InputError(`${place}: "${name}" is missing.`);
}

function mustIn({ must = [] }: Fields, place: string): Must[] {
  const isMust = (each: unknown) =>
    typeof each === 'string' || (Array.isArray(each) && each.every((one) => typeof one === 'string'));
  if (Array.isArray(must) && must.every(isMust)) return must as Must[];
  throw new InputError(`${place}: "must" is to be a list of texts, or of lists of which one text will do.`);
}
