import type { CatalogType } from '../../data-source/catalog';
import type { Findings } from '../findings';
import type { CatalogIndex } from '../names/catalog-index';
import { isSystemSchema } from '../names/system-relations';
import { parseTypeText } from '../names/type-text';
import { as, listOf, namesIn, offsetOf, type Fields } from '../tree/pg-node';
import { isPaddedType, isRefusedBuiltinType, isSafeBuiltinType } from './builtin-types';
import { isTrustedExtension } from './extension-functions';

/** A padded type longer than this makes megabytes out of one letter. */
const MAX_PADDED_LENGTH = 100_000;

/** Deeper than anybody nests domains and composites. */
const MAX_PARTS_DEPTH = 8;

/** Which types a cast, a column list or a functional cast may name. */
export class TypeRules {
  constructor(
    private readonly index: CatalogIndex,
    private readonly findings: Findings,
  ) {}

  /** Judges a TypeName of the tree. `ofLiteral`: it stands before or behind a quoted text, which no cast converts. */
  check(typeName: Fields, ofLiteral: boolean): void {
    const offset = offsetOf(typeName);
    const names = namesIn(typeName['names']);
    if (typeName['pct_type'] === true || typeName['setof'] === true) {
      return this.findings.add('type-not-allowed', 'SETOF and %TYPE are not allowed in a SELECT.', offset);
    }
    if (!this.isAllowed(names, ofLiteral)) return this.refuse(names, offset);
    if (isTooLong(names, typeName)) {
      this.findings.add(
        'type-not-allowed',
        `At most ${MAX_PADDED_LENGTH} characters or bits are allowed here.`,
        offset,
      );
    }
  }

  /** Whether a value may be cast to a type of this name. */
  isAllowed(names: readonly string[], ofLiteral = false): boolean {
    const name = names.at(-1) ?? '';
    if (names.length > 2) return false;
    const schema = names.length === 2 ? names[0] : undefined;
    if (schema === 'pg_catalog') return isSafeBuiltinType(name);
    if (schema === undefined && isSafeBuiltinType(name)) return true;
    if (schema === undefined && isRefusedBuiltinType(name)) return false;
    if (schema !== undefined && isSystemSchema(schema)) return false;
    return this.isOwnTypeAllowed(name, schema, 0, ofLiteral);
  }

  private isOwnTypeAllowed(name: string, schema: string | undefined, depth: number, ofLiteral = false): boolean {
    if (depth > MAX_PARTS_DEPTH) return false;
    const types = this.index.typesNamed(name, schema);
    const rows = this.index.tablesNamed(name, schema);
    if (types.length + rows.length === 0) return false;
    const ofRows = rows.flatMap((table) => table.columns.map((column) => column.type));
    return (
      types.every((type) => this.isHarmless(type, depth, ofLiteral)) &&
      ofRows.every((part) => this.isPartAllowed(part, depth))
    );
  }

  private isHarmless(type: CatalogType, depth: number, ofLiteral: boolean): boolean {
    if (isTrustedExtension(type.extension)) return true;
    if (type.kind === 'base' || type.runsCode === 'check') return false;
    if (type.runsCode === 'cast' && !ofLiteral) return false;
    return type.parts.every((part) => this.isPartAllowed(part, depth));
  }

  /** `part` is as `format_type()` prints it. */
  private isPartAllowed(part: string, depth: number): boolean {
    const { name, schema } = parseTypeText(part);
    if (schema === 'pg_catalog' || isSafeBuiltinType(name)) return isSafeBuiltinType(name);
    if (isRefusedBuiltinType(name)) return false;
    // An enum of the columns may be known without its own entry; a type that is not known at all is not judged.
    return this.isOwnTypeAllowed(name, schema, depth + 1);
  }

  private refuse(names: readonly string[], offset: number): void {
    const name = names.join('.');
    const advice =
      name.startsWith('reg') || name.startsWith('pg_catalog.reg') ? ' It looks names up in the catalogue.' : '';
    this.findings.add('type-not-allowed', `The type ${name} is not allowed.${advice}`, offset);
  }
}

function isTooLong(names: readonly string[], typeName: Fields): boolean {
  if (!isPaddedType(names.at(-1) ?? '')) return false;
  return listOf(typeName['typmods']).some((modifier) => {
    const constant = as('A_Const', modifier);
    const length = (constant?.['ival'] as { ival?: number } | undefined)?.ival ?? 0;
    return constant === undefined || constant['fval'] !== undefined || length > MAX_PADDED_LENGTH;
  });
}
