/**
 * PostgreSQL's own relations live in schemas that begin with `pg_` and in information_schema. `pg_catalog` comes first
 * in every search path, so an unqualified `pg_user` is always the catalogue's, whatever the user's schemas hold.
 */
export function isSystemSchema(schema: string): boolean {
  return schema === 'information_schema' || schema.startsWith('pg_');
}

/** Views of monitoring extensions that show other people's statements or pages, whatever schema they stand in. */
const MONITORING = /^pg_(stat|buffercache|qualstats|wait_sampling|freespacemap|visibility|store_plans)/;

export function isMonitoringView(name: string): boolean {
  return MONITORING.test(name);
}

/** Whether an unqualified name is looked up in pg_catalog first, and may be found there. */
export function mayBeSystemRelation(name: string): boolean {
  return name.startsWith('pg_');
}

/** System columns of every table; none is in a catalogue. */
const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(['tableoid', 'ctid', 'xmin', 'xmax', 'cmin', 'cmax']);

export function isSystemColumn(name: string): boolean {
  return SYSTEM_COLUMNS.has(name);
}
