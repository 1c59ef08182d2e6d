import { dotProduct } from '@memori/embedding';
import type { Catalog, CatalogTable } from '../data-source/catalog';
import { tableText } from './table-text';

/** How alike a question is to each table of a catalogue, in its order: 0 (the least alike of them) to 1 (the most). */
export type TableLikeness = Float64Array;

/** The vectors of the tables of one catalogue. */
export class TableVectors {
  private constructor(private readonly vectors: readonly (Float32Array | undefined)[]) {}

  /** `vectorOf` knows the vector of a text; tables whose texts have none count as the least alike. */
  static of({ tables }: Catalog, vectorOf: (text: string) => Float32Array | undefined): TableVectors {
    return new TableVectors(tables.map((table) => vectorOf(tableText(table))));
  }

  /**
   * Of the tables' vectors and the question's; all have length 1. Cosines of short texts lie close together: only their
   * place between the least and the most of them tells.
   */
  likeness(question: Float32Array): TableLikeness {
    const cosines = this.vectors.map((vector) => (vector ? dotProduct(vector, question) : Number.NaN));
    const known = cosines.filter((cosine) => !Number.isNaN(cosine));
    const least = known.reduce((low, cosine) => Math.min(low, cosine), Infinity);
    const range = known.reduce((high, cosine) => Math.max(high, cosine), -Infinity) - least;
    return Float64Array.from(cosines, (cosine) => (range > 0 && !Number.isNaN(cosine) ? (cosine - least) / range : 0));
  }

  get bytes(): number {
    return this.vectors.reduce((sum, vector) => sum + (vector?.byteLength ?? 0), 0);
  }
}

/** All texts that a catalogue needs the vectors of, each once. */
export function textsOf(tables: readonly CatalogTable[]): string[] {
  return [...new Set(tables.map(tableText))];
}
