import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Catalog } from '../data-source/catalog';
import type { DataSourceRecord } from '../data-source/data-source.record';
import type { RelationName } from '../guard/guard-verdict';
import { SqlGuard } from '../guard/sql-guard';
import { type GlossaryEntry, metricOf } from './glossary-entry';
import { GlossaryRepository } from './glossary.repository';
import { isMentioned, mentionForm } from './mentions';

const MOST_BOOKS = 100;

/** A term or a metric that texts may speak of. */
export interface GlossaryWord {
  readonly entry: GlossaryEntry;
  /** What a metric reads. */
  readonly relations: readonly RelationName[];
  readonly forms: readonly string[];
  /** Of a metric: the same for every expression like its own. */
  readonly shape?: string;
}

/** What of a glossary bears on one question. */
export interface GlossaryExcerpt {
  /** The oldest first, the same for every question. */
  readonly rules: readonly GlossaryEntry[];
  /** What the first of the texts mentions comes first. */
  readonly words: readonly GlossaryWord[];
}

export const EMPTY_EXCERPT: GlossaryExcerpt = { rules: [], words: [] };

/** The glossary of one data source at one version, without metrics that do not hold. */
export class GlossaryBook {
  constructor(
    private readonly rules: readonly GlossaryEntry[],
    private readonly words: readonly GlossaryWord[],
  ) {}

  get metrics(): readonly { readonly entry: GlossaryEntry; readonly shape: string | undefined }[] {
    return this.words.filter(({ entry }) => entry.kind === 'metric').map(({ entry, shape }) => ({ entry, shape }));
  }

  /** All rules, and the words that the texts mention, be it by a synonym. */
  excerpt(texts: readonly string[]): GlossaryExcerpt {
    const mentioned = texts
      .map(mentionForm)
      .flatMap((text) => this.words.filter(({ forms }) => isMentioned(forms, text)));
    return { rules: this.rules, words: [...new Set(mentioned)] };
  }
}

/**
 * Glossaries in memory. The record of a data source, which is read anew for every question, names the version of its
 * glossary and of its catalogue: a change is seen by the next question of every process.
 */
@Injectable()
export class GlossaryBooks {
  private readonly books = new LRUCache<string, Promise<GlossaryBook>>({ max: MOST_BOOKS });

  constructor(
    private readonly repository: GlossaryRepository,
    private readonly guard: SqlGuard,
  ) {}

  current(record: DataSourceRecord, catalog: Catalog): Promise<GlossaryBook> {
    if (record.glossaryVersion === 0) return Promise.resolve(NO_ENTRIES);
    const key = `${record.id} ${record.glossaryVersion} ${record.catalogRevision}`;
    const known = this.books.get(key);
    if (known) return known;
    const book = this.read(record, catalog);
    this.books.set(key, book);
    // What failed is read again by the next who asks.
    book.catch(() => this.books.delete(key));
    return book;
  }

  private async read({ tenantId, id }: DataSourceRecord, catalog: Catalog): Promise<GlossaryBook> {
    const entries = (await this.repository.list(tenantId, id, {})).filter(({ status }) => status === 'valid');
    const words: GlossaryWord[] = [];
    for (const entry of entries.filter(({ kind }) => kind !== 'rule')) {
      const relations = await this.relationsOf(entry, catalog);
      const forms = [entry.name ?? '', ...entry.synonyms].map(mentionForm);
      const shape = entry.expression === null ? undefined : await this.guard.shapeOf(entry.expression);
      if (relations) words.push({ entry, relations, forms, ...(shape !== undefined && { shape }) });
    }
    return new GlossaryBook(
      entries.filter(({ kind }) => kind === 'rule'),
      words,
    );
  }

  /** Undefined for a metric that does not hold by this catalogue, whatever its status says by now. */
  private async relationsOf(entry: GlossaryEntry, catalog: Catalog): Promise<readonly RelationName[] | undefined> {
    const metric = metricOf(entry);
    if (!metric) return [];
    const verdict = await this.guard.checkMetric(metric, catalog);
    return verdict.allowed ? verdict.relations : undefined;
  }
}

const NO_ENTRIES = new GlossaryBook([], []);
