/** A word that people use, an SQL expression with a name, or what holds for every question about a data source. */
export const GLOSSARY_KINDS = ['term', 'metric', 'rule'] as const;

export type GlossaryKind = (typeof GLOSSARY_KINDS)[number];

/** One entry of a data source's glossary. */
export interface GlossaryEntry {
  readonly id: string;
  readonly tenantId: string;
  readonly dataSourceId: string;
  readonly kind: GlossaryKind;
  /** Null for rules alone. */
  readonly name: string | null;
  readonly synonyms: readonly string[];
  /** What a term means, what a metric measures, what a rule says; null for metrics alone. */
  readonly definition: string | null;
  /** Of a metric: one SQL expression such as `sum(amount)`. */
  readonly expression: string | null;
  /** Of a metric: the table or the join that its expression reads, as it stands after FROM. */
  readonly from: string | null;
  /** A stale metric does not pass the guard any more and is not used until it does again. */
  readonly status: 'valid' | 'stale';
  readonly createdBy: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What a metric is made of. */
export interface Metric {
  readonly expression: string;
  readonly from: string;
}

export function metricOf({ expression, from }: Pick<GlossaryEntry, 'expression' | 'from'>): Metric | undefined {
  return expression === null || from === null ? undefined : { expression, from };
}
