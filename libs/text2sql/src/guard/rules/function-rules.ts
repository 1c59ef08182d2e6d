import type { CatalogFunction } from '../../data-source/catalog';
import type { Findings } from '../findings';
import type { CatalogIndex, NamedFunctions } from '../names/catalog-index';
import { nearestNames } from '../names/nearest-names';
import { isSystemSchema } from '../names/system-relations';
import { isPaddedType, isRefusedBuiltinType, isSafeBuiltinType } from './builtin-types';
import { isHarmlessVolatile, isJudgedHarmless, judgedFunctionNames } from './builtin-functions';
import { isHarmlessOfExtension, isTrustedExtension } from './extension-functions';
import type { TypeRules } from './type-rules';

/** A call as written. */
export interface Call {
  /** The name with its schema, if one was written. */
  names: readonly string[];
  argumentCount: number;
  /** The grammar's own: EXTRACT, TRIM, AT TIME ZONE and the like. */
  isSqlSyntax: boolean;
  offset: number;
}

/**
 * Which functions a statement may call: built-in ones of the judged list that the data source has, and judged ones of
 * well-known extensions. Never one that somebody wrote, also where it hides behind a built-in name: `pg_catalog` is
 * first in the search path, but an overload of the user's with better fitting types wins all the same.
 */
export class FunctionRules {
  constructor(
    private readonly index: CatalogIndex,
    private readonly types: TypeRules,
    private readonly findings: Findings,
  ) {}

  /** Whether the call is allowed; if not, says why. */
  check(call: Call): boolean {
    const name = call.names.at(-1) ?? '';
    const schema = call.names.length > 1 ? call.names[0] : undefined;
    const refusal = call.names.length > 2 ? notAllowed(call.names.join('.')) : this.refusal(call, name, schema);
    if (refusal) this.findings.add(refusal.code, refusal.message, call.offset, refusal.candidates);
    return refusal === undefined;
  }

  /** `(value).name` calls a function, or casts to a type, of that name when the value has no such field. */
  isKnownAndRefused(name: string): boolean {
    if (isRefusedBuiltinType(name)) return true;
    if (this.index.typesNamed(name).length > 0 && !this.types.isAllowed([name])) return true;
    const named = this.index.functionsNamed(name);
    const visible = this.visible(named);
    if (visible.length > 0) return !visible.every((entry) => this.isHarmless(entry));
    if (isSafeBuiltinType(name)) return false;
    return named.builtin.length > 0 && this.builtinRefusal(name, 1, named, false) !== undefined;
  }

  private refusal(call: Call, name: string, schema: string | undefined): Refusal | undefined {
    const named = this.index.functionsNamed(name);
    if (schema === 'pg_catalog') return this.builtinOrCast(call, name, named);
    if (schema !== undefined) return this.qualified(call, name, schema, named);
    const visible = this.visible(named);
    if (visible.length === 0) return this.builtinOrCast(call, name, named);
    return isJudgedHarmless(name) && named.builtin.length > 0
      ? this.shadowed(call, name, named, visible)
      : this.others(name, visible);
  }

  private builtinOrCast(call: Call, name: string, named: NamedFunctions): Refusal | undefined {
    // date(x), timestamptz(day, time): a harmless type's own functions convert to it.
    const isPadding = isPaddedType(name) && call.argumentCount > 1;
    if (isSafeBuiltinType(name) && named.builtin.length > 0 && !isPadding) return undefined;
    if (call.argumentCount === 1 && !isJudgedHarmless(name) && this.types.isAllowed(call.names)) return undefined;
    return this.builtinRefusal(name, call.argumentCount, named, call.isSqlSyntax);
  }

  private builtinRefusal(name: string, args: number, named: NamedFunctions, isSyntax: boolean): Refusal | undefined {
    const exists = isSyntax || named.builtin.length > 0;
    if (!exists) return this.unknown(name);
    if (!isJudgedHarmless(name)) return notAllowed(name);
    // ts_rewrite(query, text) runs its text as SQL.
    if (name === 'ts_rewrite' && args !== 3) return notAllowed('ts_rewrite with a query as text');
    const isVolatile = named.builtin.some((entry) => entry.volatility === 'v' || entry.securityDefiner);
    return isVolatile && !isHarmlessVolatile(name) && name !== 'ts_rewrite' ? notAllowed(name) : undefined;
  }

  /** A built-in name with overloads in the user's schemas. */
  private shadowed(call: Call, name: string, named: NamedFunctions, visible: CatalogFunction[]): Refusal | undefined {
    const own = visible.find((entry) => !isTrustedOverload(entry));
    if (!own) return this.builtinRefusal(name, call.argumentCount, named, call.isSqlSyntax);
    const message = `The function ${name} is also defined in ${own.schema}. Write pg_catalog.${name} for PostgreSQL's own.`;
    return { code: 'function-not-allowed', message };
  }

  private qualified(call: Call, name: string, schema: string, named: NamedFunctions): Refusal | undefined {
    const there = named.other.filter((entry) => entry.schema === schema);
    if (there.length > 0) return this.others(`${schema}.${name}`, there);
    if (isSystemSchema(schema)) return notAllowed(`${schema}.${name}`);
    const isCast = call.argumentCount === 1 && this.types.isAllowed(call.names);
    return isCast ? undefined : this.unknown(`${schema}.${name}`);
  }

  /** Functions outside pg_catalog. */
  private others(name: string, entries: CatalogFunction[]): Refusal | undefined {
    if (entries.every((entry) => this.isHarmless(entry))) return undefined;
    const message = `The function ${name} is the data source's own; only PostgreSQL's functions are allowed.`;
    return { code: 'function-not-allowed', message };
  }

  private isHarmless(entry: CatalogFunction): boolean {
    if (entry.constructsRange) return this.types.isAllowed([entry.schema, entry.name]);
    if (typeof entry.extension !== 'string' || entry.securityDefiner) return false;
    return isHarmlessOfExtension(entry.extension, entry.name);
  }

  private visible(named: NamedFunctions): CatalogFunction[] {
    return named.other.filter((entry) => this.index.isVisible(entry.schema));
  }

  private unknown(name: string): Refusal {
    const candidates = this.findings.mayBeSuggested ? nearestNames(name, judgedFunctionNames()) : [];
    return { code: 'unknown-function', message: `There is no function ${name}.`, candidates };
  }
}

interface Refusal {
  code: 'function-not-allowed' | 'unknown-function';
  message: string;
  candidates?: string[];
}

function notAllowed(name: string): Refusal {
  return { code: 'function-not-allowed', message: `The function ${name} is not allowed.` };
}

/** pgcrypto's gen_random_uuid and citext's max are what they seem to be. */
function isTrustedOverload(entry: CatalogFunction): boolean {
  const isHarmless = entry.volatility !== 'v' || isHarmlessVolatile(entry.name);
  return isTrustedExtension(entry.extension) && isHarmless && !entry.securityDefiner;
}
