import { randomBytes } from 'node:crypto';
import { InputError } from '@memori/golds';
import { type MemoriApi, problemOf } from '../memori/memori-api';

/** What one data source is refused for every other would be too. */
const FOR_ALL = new Set([
  'unauthenticated',
  'forbidden',
  'own-database',
  'data-source-unreachable',
  'data-source-credentials',
]);

/** A data source to be: mostly one schema of the database, and named like it. */
export interface SourcePlace {
  readonly name: string;
  readonly schemas: readonly string[];
  readonly description?: string | null;
  readonly timeZone?: string | null;
}

/** A data source of Memori for each place, registered when the first question is about it. */
export class AnswerSources {
  private readonly made = new Map<string, Promise<string | Error>>();
  private readonly suffix: string;

  constructor(
    private readonly api: MemoriApi,
    private readonly databaseUrl: string,
    /** True: in a Memori that others use, so names must be free, and what was made goes again. */
    private readonly isGuest: boolean,
  ) {
    this.suffix = isGuest ? ` (evaluation ${randomBytes(4).toString('hex')})` : '';
  }

  /** In an own Memori it is the place's own name: it stands in the prompt, which is to be the same each time. */
  nameOf({ name }: SourcePlace): string {
    return `${name}${this.suffix}`;
  }

  /** Its id, or why there is none. */
  async find(place: SourcePlace): Promise<string | Error> {
    const known = this.made.get(place.name) ?? this.register(place);
    this.made.set(place.name, known);
    return known;
  }

  /** Takes back what it made in somebody else's Memori. */
  async close(): Promise<void> {
    if (!this.isGuest) return;
    for (const made of this.made.values()) {
      const id = await made.catch((error: Error) => error);
      if (typeof id === 'string') await this.api.call('DELETE', `/v1/data-sources/${id}`).catch(() => undefined);
    }
  }

  private async register(place: SourcePlace): Promise<string | Error> {
    const { schemas, description, timeZone } = place;
    const result = await this.api.call('POST', '/v1/data-sources', {
      name: this.nameOf(place),
      dialect: 'postgresql',
      url: this.databaseUrl,
      schemas,
      ...(description != null && { description }),
      ...(timeZone != null && { timeZone }),
    });
    if (result.status === 201) return String(result.body['id']);
    if (FOR_ALL.has(String(result.body['code'])))
      throw new InputError(`Memori takes no data source: ${problemOf(result)}`);
    return new Error(`Memori does not take its schema: ${problemOf(result)}`);
  }
}
