import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { indexTokens } from '@memori/text';
import { nearestQueries } from './nearest-queries';
import { normaliseQuestion } from './normalise-question';
import { askedTexts, type FoundValue, matchTemplate, parseTemplate, type QuestionTemplate } from './question-template';
import type { VerifiedQuery } from './verified-query';
import { VerifiedQueryRepository } from './verified-query.repository';

/** A verified query, ready to be compared with questions. */
export interface BookEntry {
  readonly query: VerifiedQuery;
  readonly template: QuestionTemplate;
  readonly tokens: readonly string[];
}

/** A way to read a question as a verified query. `plausible` is false for texts that must be found in their column. */
export interface Reading {
  readonly query: VerifiedQuery;
  readonly values: readonly FoundValue[];
}

const MOST_BOOKS = 100;
const MOST_QUERIES = 5000;

/** The verified queries of one data source at one version. */
export class Book {
  private readonly exact = new Map<string, VerifiedQuery>();
  private readonly templates: BookEntry[] = [];

  constructor(
    readonly version: string,
    readonly entries: readonly BookEntry[],
  ) {
    for (const entry of entries) {
      if (entry.template.names.length > 0) this.templates.push(entry);
      else this.exact.set(normaliseQuestion(entry.query.question), entry.query);
    }
  }

  /** Every way to read the question; a question that is there word for word is read in that way alone. */
  readings(question: string): Reading[] {
    const normalised = normaliseQuestion(question);
    const exact = normalised === '' ? undefined : this.exact.get(normalised);
    if (exact) return [{ query: exact, values: [] }];
    if (this.templates.length === 0) return [];
    const asked = askedTexts(question);
    return this.templates.flatMap(({ query, template }) => {
      const values = matchTemplate(template, query.parameters, asked);
      return values ? [{ query, values }] : [];
    });
  }

  /** All of them, the oldest first. */
  inOrder(): VerifiedQuery[] {
    return this.entries.map(({ query }) => query).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  nearest(question: string, count: number): VerifiedQuery[] {
    return nearestQueries(this.entries, indexTokens(question), count);
  }
}

/** Verified queries in memory, as long as the version in the database says that they are the current ones. */
@Injectable()
export class VerifiedBooks {
  private readonly books = new LRUCache<string, Book>({ max: MOST_BOOKS });

  constructor(private readonly repository: VerifiedQueryRepository) {}

  /** As it was when somebody asked for it last, perhaps this moment: good enough for examples in a prompt. */
  async recent(tenantId: string, dataSourceId: string): Promise<Book> {
    return this.books.get(dataSourceId) ?? this.current(tenantId, dataSourceId);
  }

  /** One round trip unless something changed. */
  async current(tenantId: string, dataSourceId: string): Promise<Book> {
    const version = await this.repository.version(tenantId, dataSourceId);
    const known = this.books.get(dataSourceId);
    if (known?.version === version) return known;
    const queries = version === '0' ? [] : await this.repository.list(tenantId, dataSourceId, null, MOST_QUERIES);
    // Read after its version: what changed in between is read once more next time.
    const book = bookOf(version, queries);
    this.books.set(dataSourceId, book);
    return book;
  }
}

/** Queries that may answer, as a book of their own. */
export function bookOf(version: string, queries: readonly VerifiedQuery[]): Book {
  return new Book(version, queries.filter(({ status }) => status === 'verified').map(entryOf));
}

function entryOf(query: VerifiedQuery): BookEntry {
  const template = parseTemplate(query.question);
  return { query, template, tokens: indexTokens(query.question.replace(/[{}]/g, ' ')) };
}
