import { createHash } from 'node:crypto';
import { InvalidRequestError } from '@memori/errors';
import { EventLoopShare, FieldChecks, MAX_NAMESPACE_LENGTH, parseMoment } from '@memori/session';
import { type DocumentFormat, indexTokens, readDocument } from '@memori/text';
import { checkOneOf, checkShare } from '../memory-input';
import { MEMORY_CATEGORIES, type MemoryCategory } from '../memory.types';
import { DOCUMENT_FORMATS, DOCUMENT_SCOPES, type DocumentInput } from './document.types';

export const MAX_DOCUMENT_LENGTH = 2_000_000;
export const DEFAULT_DOCUMENT_TRUST = 0.5;
const MAX_TITLE_LENGTH = 500;
const MAX_SOURCE_LENGTH = 2000;
const MAX_EXTERNAL_ID_LENGTH = 200;
const MAX_HEADING_LENGTH = 1000;
const DEFAULT_IMPORTANCE = 0.5;

/** A document as it is stored, and its passages, each once. */
export interface PreparedDocument {
  readonly key: string;
  readonly externalId: string | null;
  readonly title: string | null;
  readonly source: string | null;
  readonly format: DocumentFormat;
  readonly category: MemoryCategory;
  readonly importance: number;
  readonly trust: number;
  readonly occurredAt: Date | null;
  readonly contentHash: string;
  readonly passages: readonly PreparedPassage[];
}

export interface PreparedPassage {
  readonly place: number;
  readonly heading: string | null;
  readonly content: string;
  readonly terms: string;
  readonly fingerprint: string;
}

export function checkDocument(input: DocumentInput): void {
  const checks = new FieldChecks();
  checks.text('/content', input.content, MAX_DOCUMENT_LENGTH);
  checks.optionalText('/title', input.title, MAX_TITLE_LENGTH);
  checks.optionalText('/source', input.source, MAX_SOURCE_LENGTH);
  checks.optionalText('/externalId', input.externalId, MAX_EXTERNAL_ID_LENGTH);
  checks.optionalText('/namespace', input.namespace, MAX_NAMESPACE_LENGTH);
  if (input.format != null) checkOneOf(checks, '/format', input.format, DOCUMENT_FORMATS);
  if (input.category != null) checkOneOf(checks, '/category', input.category, MEMORY_CATEGORIES);
  if (input.scope != null) checkOneOf(checks, '/scope', input.scope, DOCUMENT_SCOPES);
  checkShare(checks, '/trust', input.trust);
  checkShare(checks, '/importance', input.importance);
  checks.optionalMoment('/occurredAt', input.occurredAt);
  checks.throwIfAny();
}

/** Cuts it and makes its search tokens. Two megabytes take seconds: others run in between. */
export async function prepareDocument(input: DocumentInput): Promise<PreparedDocument> {
  const format = input.format ?? 'markdown';
  const content = input.content.normalize('NFC');
  const read = readDocument(content, format);
  if (read.passages.length === 0) {
    const message = 'holds no text under its headings';
    throw new InvalidRequestError(`"/content" ${message}.`, [{ pointer: '/content', message }]);
  }
  const title = input.title ?? read.title?.slice(0, MAX_TITLE_LENGTH) ?? null;
  const contentHash = hashOf([format, content]);
  const externalId = input.externalId ?? null;
  return {
    key: externalId === null ? `text:${contentHash}` : `id:${externalId}`,
    externalId,
    title,
    source: input.source ?? null,
    format,
    category: input.category ?? 'fact',
    importance: input.importance ?? DEFAULT_IMPORTANCE,
    trust: input.trust ?? DEFAULT_DOCUMENT_TRUST,
    occurredAt: parseMoment(input.occurredAt) ?? null,
    contentHash,
    passages: await preparedPassages(title, read.passages),
  };
}

/** The tokens by which a passage is found: what it says, and what it stands under. */
export function passageTerms(heading: string | null, content: string): string {
  return indexTokens(heading === null ? content : `${heading}\n${content}`).join(' ');
}

async function preparedPassages(
  title: string | null,
  passages: readonly { readonly headings: readonly string[]; readonly content: string }[],
): Promise<PreparedPassage[]> {
  const share = new EventLoopShare();
  const prepared = new Map<string, PreparedPassage>();
  for (const { headings, content } of passages) {
    const path = title !== null && headings[0] !== title ? [title, ...headings] : headings;
    const heading =
      path.length > 0
        ? path
            .join(' › ')
            .slice(0, MAX_HEADING_LENGTH)
            .replace(/[\ud800-\udbff]$/, '')
        : null;
    const fingerprint = hashOf([heading, content]);
    // What a document says twice under one heading stands once.
    if (!prepared.has(fingerprint))
      prepared.set(fingerprint, {
        ...{ place: prepared.size, heading, content, fingerprint },
        terms: passageTerms(heading, content),
      });
    await share.yieldWhenUsedUp();
  }
  return [...prepared.values()];
}

function hashOf(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}
