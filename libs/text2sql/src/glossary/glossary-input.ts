import { createHash } from 'node:crypto';
import { FieldChecks } from '@memori/session';
import { parseLine } from '../data-source/import-lines';
import { GLOSSARY_KINDS, type GlossaryEntry, type GlossaryKind } from './glossary-entry';
import { mentionForm } from './mentions';

const MAX_NAME = 200;
const MAX_SYNONYMS = 30;
const MAX_DEFINITION = 2000;
const MAX_EXPRESSION = 5000;
const MAX_FROM = 2000;

/** What an entry is made from. A metric has `expression` and `from`, the others none; a rule has no name. */
export interface GlossaryInput {
  readonly kind: GlossaryKind;
  readonly name?: string | null;
  readonly synonyms?: readonly string[] | null;
  readonly definition?: string | null;
  readonly expression?: string | null;
  readonly from?: string | null;
}

/** A merge patch: absent stays, null empties. The kind of an entry never changes. */
export type GlossaryPatch = Partial<Omit<GlossaryInput, 'kind'>>;

/** An entry as it is compared and stored. */
export type GlossaryContent = Pick<
  GlossaryEntry,
  'kind' | 'name' | 'synonyms' | 'definition' | 'expression' | 'from'
> & { readonly key: string };

/** Throws an error that names every wrong field at once; whether a metric's SQL holds is asked of the guard afterwards. */
export function glossaryContent(input: GlossaryInput): GlossaryContent {
  const checks = new FieldChecks();
  if (!GLOSSARY_KINDS.includes(input.kind)) {
    checks.add('/kind', `must be one of ${GLOSSARY_KINDS.join(', ')}`);
    checks.throwIfAny();
  }
  checkFields(checks, input);
  checks.throwIfAny();
  const { kind, name = null, definition = null, expression = null, from = null } = input;
  const synonyms = differing(input.synonyms ?? [], name);
  return { kind, name, synonyms, definition, expression, from, key: keyOf(kind === 'rule' ? definition : name) };
}

function checkFields(checks: FieldChecks, input: GlossaryInput): void {
  const { kind, name, synonyms, definition, expression, from } = input;
  if (kind === 'rule') {
    refuseGiven(checks, 'a rule', { name, synonyms });
  } else {
    checkName(checks, '/name', name);
    checkSynonyms(checks, synonyms ?? []);
  }
  if (kind === 'metric') {
    checks.optionalText('/definition', definition, MAX_DEFINITION);
    checks.text('/expression', expression, MAX_EXPRESSION);
    checks.text('/from', from, MAX_FROM);
  } else {
    checkFilled(checks, '/definition', definition, MAX_DEFINITION);
    refuseGiven(checks, `a ${kind}`, { expression, from });
  }
}

function refuseGiven(checks: FieldChecks, owner: string, fields: Record<string, unknown>): void {
  for (const [field, value] of Object.entries(fields)) {
    const isGiven = value != null && !(Array.isArray(value) && value.length === 0);
    if (isGiven) checks.add(`/${field}`, `is no field of ${owner}`);
  }
}

function checkName(checks: FieldChecks, pointer: string, value: unknown): void {
  if (!checkFilled(checks, pointer, value, MAX_NAME)) return;
  if (/\p{Cc}/u.test(value as string)) checks.add(pointer, 'must not hold line breaks or control characters');
  else if (mentionForm(value as string) === '') checks.add(pointer, 'must have a letter or a digit');
}

function checkSynonyms(checks: FieldChecks, synonyms: unknown): void {
  if (!Array.isArray(synonyms)) return checks.add('/synonyms', 'must be a list of texts');
  if (synonyms.length > MAX_SYNONYMS) return checks.add('/synonyms', `must be at most ${MAX_SYNONYMS}`);
  synonyms.forEach((synonym, index) => checkName(checks, `/synonyms/${index}`, synonym));
}

function checkFilled(checks: FieldChecks, pointer: string, value: unknown, max: number): boolean {
  if (typeof value !== 'string' || value.trim() !== '') {
    checks.text(pointer, value, max);
    return typeof value === 'string';
  }
  checks.add(pointer, 'must not be empty');
  return false;
}

/** Each way to write it once; the name itself is no synonym. */
function differing(synonyms: readonly string[], name: string | null): string[] {
  const known = new Set([mentionForm(name ?? '')]);
  return synonyms.filter((synonym) => {
    const form = mentionForm(synonym);
    return !known.has(form) && known.add(form);
  });
}

/** Two names that are read as one have the same key. */
function keyOf(text: string | null): string {
  const form = mentionForm(text ?? '') || (text ?? '');
  return createHash('sha256').update(form).digest('hex');
}

/** What an export writes. */
const LINE_FIELDS = ['kind', 'name', 'synonyms', 'definition', 'expression', 'from'];

/** An entry as one line of NDJSON, as an import takes it. */
export function glossaryLine(entry: GlossaryEntry): string {
  const { kind, name, synonyms, definition, expression, from } = entry;
  const all = { kind, name, synonyms: synonyms.length > 0 ? synonyms : null, definition, expression, from };
  const given = Object.entries(all).filter(([, value]) => value !== null);
  return `${JSON.stringify(Object.fromEntries(given))}\n`;
}

export function parseGlossaryLine(text: string): GlossaryInput {
  return parseLine(text, LINE_FIELDS, 'the glossary') as GlossaryInput;
}
