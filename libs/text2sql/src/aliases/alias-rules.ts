import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const RULES = readFileSync(join(__dirname, 'prompts/alias-rules.md'), 'utf8');
const NAMES = new Intl.DisplayNames(['en'], { type: 'language' });
const LIST = new Intl.ListFormat('en');

/** What is asked of the model, for names in some languages. */
export function rulesFor(languages: readonly string[]): string {
  const spoken = LIST.format(languages.map((tag) => `in ${nameOf(tag)}`));
  return RULES.replace('{languages}', () => spoken).replace('{lists}', () => languages.map(listOf).join('\n'));
}

function listOf(tag: string): string {
  const name = nameOf(tag);
  // Most names are English already.
  if (tag === 'en')
    return `- \`en\`: up to four short ${name} names or synonyms that differ from the name itself. Abbreviations are spelled out.`;
  return `- \`${tag}\`: up to four short ${name} names, the commonest first.`;
}

function nameOf(tag: string): string {
  return NAMES.of(tag) ?? tag;
}
