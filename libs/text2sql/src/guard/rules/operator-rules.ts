import type { CatalogOperator } from '../../data-source/catalog';
import type { Findings } from '../findings';
import type { CatalogIndex } from '../names/catalog-index';
import { parseTypeText } from '../names/type-text';
import { isRefusedBuiltinType, isSafeBuiltinType } from './builtin-types';
import { isTrustedExtension } from './extension-functions';

/** Every operator name of pg_catalog in PostgreSQL 13 to 18: all of them compute, none acts. */
const BUILTIN = new Set(
  `! !! !~ !~* !~~ !~~* # ## #- #> #>> % & && &&& &< &<| &> * *< *<= *<> *= *> *>= + - -> ->> -|- / < << <<= <<| <->
  <= <> <@ <^ = > >= >> >>= >^ ? ?# ?& ?- ?-| ?| ?|| @ @-@ @> @? @@ @@@ ^ ^@ | |&> |/ |>> || ||/ ~ ~* ~<=~ ~<~ ~= ~>=~
  ~>~ ~~ ~~* !=`.split(/\s+/),
);

/** Names that only well-known extensions bring: pg_trgm, hstore, ltree, intarray, pgvector, PostGIS, cube. */
const OF_EXTENSIONS = new Set(
  `%> %>> <% <<% <->> <->>> <<-> <<<-> %% %# #= ?@ ?~ ?<@ ?@> ^@> ^<@ ^~ ^? ^@ @~ ~@ <#> <=> <+> <~> <%> |=| |*| ~==
  ~~= ~> &/& @>> <<@ <<#>> <<->> @= &<@ ~@@ <<# #&`.split(/\s+/),
);

/**
 * An operator is a function behind a sign. `pg_catalog` is first in the search path, but an operator of the user's with
 * better fitting types wins all the same: one on built-in types could catch any expression. One on a type of the
 * user's own is part of that type, and allowed unless its function is volatile or runs with its owner's rights.
 */
export class OperatorRules {
  constructor(
    private readonly index: CatalogIndex,
    private readonly findings: Findings,
  ) {}

  /** `parts` is the operator's name with its schema, if one was written. */
  check(parts: readonly string[], offset: number): void {
    const name = parts.at(-1) ?? '';
    const schema = parts.length > 1 ? parts.at(-2) : undefined;
    if (schema === 'pg_catalog' && parts.length === 2 && BUILTIN.has(name)) return;
    const own = this.index.operatorsNamed(name, schema);
    const wrong = own.find((operator) => !isHarmless(operator));
    if (wrong) return this.refuse(`The operator ${name} is defined in ${wrong.schema}`, name, offset);
    if (schema === undefined && (BUILTIN.has(name) || OF_EXTENSIONS.has(name))) return;
    if (own.length > 0) return;
    this.findings.add('operator-not-allowed', `The operator ${parts.join('.')} is not allowed.`, offset);
  }

  private refuse(reason: string, name: string, offset: number): void {
    const advice = BUILTIN.has(name) ? ` Write OPERATOR(pg_catalog.${name}) for PostgreSQL's own.` : '';
    this.findings.add('operator-not-allowed', `${reason} and is not allowed.${advice}`, offset);
  }
}

function isHarmless(operator: CatalogOperator): boolean {
  if (isTrustedExtension(operator.extension)) return true;
  if (operator.volatility === 'v' || operator.securityDefiner) return false;
  return operator.operands.some((type) => !isBuiltin(type));
}

function isBuiltin(type: string): boolean {
  const { name, schema } = parseTypeText(type);
  return schema === undefined && (isSafeBuiltinType(name) || isRefusedBuiltinType(name));
}
