/**
 * Types of pg_catalog that a cast may name. Left out: the `reg*` types, which look a name up in the catalogue
 * ('secret'::regclass), aclitem, which looks up roles, the types of transactions and row places, the internal and
 * pseudo types, and the row types of the catalogue's own relations.
 */
const SAFE = `bit bool boolean box bpchar bytea char character cidr circle date datemultirange daterange decimal float
  float4 float8 inet int int2 int4 int4multirange int4range int8 int8multirange int8range integer interval json jsonb
  jsonpath line lseg macaddr macaddr8 money name numeric nummultirange numrange oid path pg_lsn point polygon real
  smallint bigint text time timestamp timestamptz timetz tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector
  uuid varbit varchar xml`;

/** Also types of pg_catalog, and refused; a user's type of that name is only reached with its schema. */
const REFUSED = `aclitem any anyarray anycompatible anycompatiblearray anycompatiblemultirange anycompatiblenonarray
  anycompatiblerange anyelement anyenum anymultirange anynonarray anyrange cid cstring event_trigger fdw_handler
  gtsvector index_am_handler int2vector internal language_handler oidvector record refcursor regclass regcollation
  regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole regtype table_am_handler tid
  trigger tsm_handler txid_snapshot unknown void xid xid8`;

/** Types that PostgreSQL fills up to their length. */
const PADDED: ReadonlySet<string> = new Set(['bit', 'bpchar', 'char', 'character', 'varbit']);

const SAFE_TYPES: ReadonlySet<string> = new Set(SAFE.trim().split(/\s+/));
const REFUSED_TYPES: ReadonlySet<string> = new Set(REFUSED.trim().split(/\s+/));

/** An array may also be written by its internal name, `_int4`. */
export function isSafeBuiltinType(name: string): boolean {
  return SAFE_TYPES.has(name) || (name.startsWith('_') && SAFE_TYPES.has(name.slice(1)));
}

/** A type that pg_catalog holds, or may hold, and that no cast may name. */
export function isRefusedBuiltinType(name: string): boolean {
  const element = name.startsWith('_') ? name.slice(1) : name;
  return REFUSED_TYPES.has(element) || name.startsWith('pg_') || name.startsWith('_pg_');
}

export function isPaddedType(name: string): boolean {
  return PADDED.has(name);
}
