import type { CatalogTable } from '../../data-source/catalog';
import { offsetOf, textOf, type Fields } from '../tree/pg-node';
import { nearestNames } from './nearest-names';
import { quoteName } from './quote-name';
import type { Resolution } from './resolution';
import type { Cte, Scope } from './scope';
import { cteNames, findCte } from './scope-lookup';
import { isMonitoringView, isSystemSchema, mayBeSystemRelation } from './system-relations';

/** Finds what a name in FROM means: a WITH query, else exactly one relation of the catalogue. */
export class RelationFinder {
  constructor(private readonly resolution: Resolution) {}

  /** A name with a schema is never a WITH query. */
  cte(rangeVar: Fields, scope: Scope): Cte | undefined {
    const name = textOf(rangeVar['relname']);
    const isQualified = textOf(rangeVar['schemaname']) !== undefined || textOf(rangeVar['catalogname']) !== undefined;
    return name === undefined || isQualified ? undefined : findCte(scope.ctes, name);
  }

  /** The table; undefined, and said why, where there is none that may be read. */
  table(rangeVar: Fields, scope: Scope): CatalogTable | undefined {
    const name = textOf(rangeVar['relname']) ?? '';
    const schema = textOf(rangeVar['schemaname']);
    const offset = offsetOf(rangeVar);
    const { findings, index } = this.resolution;
    if (textOf(rangeVar['catalogname']) !== undefined) {
      return this.refuse(`${quoteName(name)} is written with a database name, which is not allowed.`, offset);
    }
    if (isSystem(name, schema)) return this.refuseSystem(name, schema, offset);
    const [table, ...others] = index.tablesNamed(name, schema);
    if (table && others.length === 0) return table;
    const written = spelt(name, schema);
    if (table) {
      const candidates = [table, ...others].map((each) => spelt(each.name, each.schema));
      findings.add('ambiguous-relation', `The table ${written} exists in several schemas.`, offset, candidates);
    } else {
      findings.add('unknown-relation', `There is no table ${written}.`, offset, this.candidates(name, schema, scope));
    }
    return undefined;
  }

  private refuse(message: string, offset: number): undefined {
    this.resolution.findings.add('unsupported-construct', message, offset);
    return undefined;
  }

  private refuseSystem(name: string, schema: string | undefined, offset: number): undefined {
    const own = schema === undefined ? this.resolution.index.tablesNamed(name) : [];
    const advice = own.map((table) => ` Write ${spelt(table.name, table.schema)} for the data source's own.`).join('');
    const message = `${spelt(name, schema)} belongs to PostgreSQL itself and is not allowed.${advice}`;
    this.resolution.findings.add('system-relation', message, offset);
    return undefined;
  }

  private candidates(name: string, schema: string | undefined, scope: Scope): string[] {
    const { findings, index } = this.resolution;
    if (!findings.mayBeSuggested) return [];
    const tables = [...index.tableNames()];
    const near = nearestNames(name, [...tables.map((table) => table.name), ...cteNames(scope.ctes)]);
    const isQualified = schema !== undefined || index.schemas.length > 1;
    return near.flatMap((candidate) => {
      const homes = isQualified ? tables.filter((table) => quoteName(table.name) === candidate) : [];
      return homes.length > 0 ? homes.map((table) => spelt(table.name, table.schema)) : [candidate];
    });
  }
}

function isSystem(name: string, schema: string | undefined): boolean {
  if (schema !== undefined && isSystemSchema(schema)) return true;
  return isMonitoringView(name) || (schema === undefined && mayBeSystemRelation(name));
}

function spelt(name: string, schema: string | undefined): string {
  return schema === undefined ? quoteName(name) : `${quoteName(schema)}.${quoteName(name)}`;
}
