import { GoldRunner, InputError } from '@memori/golds';
import { schemaMap } from '../schema-map';
import type { SourcePlace } from './answer-sources';

/** A gold runner on the database of `--database-url`; one that cannot be reached is an InputError. */
export async function connectGolds(databaseUrl: string, schemas?: readonly string[]): Promise<GoldRunner> {
  try {
    return await GoldRunner.connect(databaseUrl, schemas);
  } catch (error) {
    throw new InputError(`--database-url: ${(error as Error).message}`, { cause: error });
  }
}

/** One place for each schema of the database, found by the `db_id` that means it. */
export async function placesIn(
  databaseUrl: string,
  map: string | undefined,
): Promise<(dbId: string) => SourcePlace | undefined> {
  const runner = await connectGolds(databaseUrl);
  const schemas = await runner.schemas().finally(() => runner.close());
  const schemaOf = schemaMap(map, schemas);
  const places = new Map(schemas.map((schema): [string, SourcePlace] => [schema, { name: schema, schemas: [schema] }]));
  return (dbId) => places.get(schemaOf(dbId));
}
