import { type BootedMemori } from '../support/boot-memori';
import { type Body, type Call, clientOf } from '../support/client';
import type { ApiDocument } from '../support/document';
import { openShop, type Shop } from '../support/shop';

/** Where something may be seen: by all of a tenant, by one user, or by him in one place alone. */
export interface Home {
  readonly tenantId: string;
  readonly userId?: string;
  readonly place?: Place;
  /** Only as seen from the session of the place. */
  readonly isOfSession?: boolean;
  /** He called the answer right, which proposes the question to the curators of his tenant. */
  readonly isProposed?: boolean;
}

/** One of the hundred scopes: a namespace, or a session that is closed off, of one user of one tenant. */
export interface Place {
  readonly tenantId: string;
  readonly userId: string;
  readonly namespace: string;
  readonly isolated: boolean;
  readonly sessionId: string;
}

/** `key` is what is looked for; `value` is never sent again by anybody, so whoever shows it read it. */
export interface Secret {
  readonly key: string;
  readonly value: string;
  readonly home: Home;
}

export type Role = 'administrator' | 'curator' | 'member' | 'reader' | 'operator';
export const ROLES: readonly Role[] = ['administrator', 'curator', 'member', 'reader', 'operator'];

/** Somebody with a key, acting for a user. */
export interface Principal {
  readonly role: Role;
  readonly tenantId: string;
  readonly userId: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type IdKind = 'session' | 'question' | 'memory' | 'dataSource' | 'glossaryEntry' | 'tenant' | 'document';

/** Something with an id, and whose it is. Without a user it is the tenant's. */
export interface Known {
  readonly kind: IdKind;
  readonly id: string;
  readonly tenantId: string;
  readonly userId?: string;
  readonly parent?: string;
}

/** Names that are easily taken for one another, the same in every tenant. */
export const USERS = ['ada', 'Ada', 'ada:a', '张伟', 'a%3Ab'];
const NAMESPACES = ['default', 'a', 'a:b'];
const TENANTS = 4;
const DOCUMENTS = '/v1/memories/documents';
const VALUE = /zv\d+q/g;

/** Four tenants of five users with five places each, and a secret in everything that keeps words. */
export class PlantedWorld {
  readonly secrets: Secret[] = [];
  readonly places: Place[] = [];
  readonly principals: Principal[] = [];
  readonly known: Known[] = [];
  private readonly byValue = new Map<string, Secret>();
  private readonly shops: Shop[] = [];

  private constructor(
    private readonly memori: BootedMemori,
    private readonly document: ApiDocument,
  ) {}

  static async plant(memori: BootedMemori, document: ApiDocument): Promise<PlantedWorld> {
    const world = new PlantedWorld(memori, document);
    for (let number = 0; number < TENANTS; number++) await world.plantTenant(number);
    return world;
  }

  async close(): Promise<void> {
    for (const shop of this.shops) await shop.close();
  }

  /** What of all that was planted stands in a text. */
  shown(text: string): Secret[] {
    return [...new Set(text.match(VALUE) ?? [])].flatMap((value) => this.byValue.get(value) ?? []);
  }

  secret(home: Home): Secret {
    const number = this.secrets.length;
    const made = { key: `zk${number}q`, value: `zv${number}q`, home };
    this.secrets.push(made);
    this.byValue.set(made.value, made);
    return made;
  }

  private async plantTenant(number: number): Promise<void> {
    const installation = clientOf(this.memori);
    const tenantId = String((await must(installation, '/v1/admin/tenants', { name: `tenant ${number}` })).id);
    this.known.push({ kind: 'tenant', id: tenantId, tenantId });
    const keys = new Map<Role, string>();
    for (const role of ROLES) {
      // Each does what the one before him may not, and reads as well; a member acts for others by his key.
      const body = { name: role, userId: 'keeper', tenantId, mayActFor: true, roles: [...new Set([role, 'reader'])] };
      keys.set(role, String((await must(installation, '/v1/admin/api-keys', body)).key));
    }
    const headersOf = (role: Role, userId: string) => ({
      ...{ authorization: `Bearer ${keys.get(role) ?? ''}`, 'x-memori-user': encodeURIComponent(userId) },
    });
    const callAs = (role: Role, userId: string) =>
      clientOf(this.memori, { key: null, headers: headersOf(role, userId) });
    for (const userId of USERS)
      for (const role of ROLES) this.principals.push({ role, tenantId, userId, headers: headersOf(role, userId) });
    const dataSourceId = await this.plantForAll(tenantId, callAs('administrator', 'ada'), callAs('curator', 'ada'));
    for (const userId of USERS) await this.plantUser(tenantId, userId, dataSourceId, callAs('member', userId));
  }

  /** What is every user's of a tenant: a data source with its rows, a term, a verified query, a rule. */
  private async plantForAll(tenantId: string, administrator: Call, curator: Call): Promise<string> {
    const home = { tenantId };
    const row = this.secret(home);
    const shop = await openShop(
      administrator,
      'shop',
      `CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL); INSERT INTO customers VALUES (1, '${row.value}')`,
    );
    this.shops.push(shop);
    this.known.push({ kind: 'dataSource', id: shop.id, tenantId });
    const term = this.secret(home);
    const entry = await must(curator, `/v1/data-sources/${shop.id}/glossary`, {
      ...{ kind: 'term', name: `the ${term.key}`, definition: `what ${term.value} means` },
    });
    this.known.push({ kind: 'glossaryEntry', id: String(entry.id), tenantId, parent: shop.id });
    const query = this.secret(home);
    await must(curator, '/v1/verified-queries', {
      ...{ dataSourceId: shop.id, sql: `SELECT id, '${query.value}' AS word FROM customers`, parameters: [] },
      question: `All ${query.key}, please`,
    });
    const rule = this.secret(home);
    const memory = await must(curator, '/v1/memories', {
      ...{ category: 'rule', scope: 'tenant', content: `${rule.key} umbrella opens by ${rule.value}` },
    });
    this.known.push({ kind: 'memory', id: String(memory.id), tenantId });
    return shop.id;
  }

  private async plantUser(tenantId: string, userId: string, dataSourceId: string, call: Call): Promise<void> {
    for (const namespace of [...NAMESPACES, `schema:${dataSourceId}`, 'isolated'])
      await this.plantPlace({ tenantId, userId, namespace, isolated: namespace === 'isolated' }, call);
    const place = this.places.at(-2) as Place;
    const asked = this.secret({ tenantId, userId, place, isProposed: true });
    const noted = this.secret({ tenantId, userId });
    const question = await must(call, '/v1/questions', {
      ...{
        question: `Which customers know ${asked.key} and ${asked.value}?`,
        dataSourceId,
        sessionId: place.sessionId,
      },
    });
    this.known.push({ kind: 'question', id: String(question.id), tenantId, userId });
    await must(call, `/v1/questions/${String(question.id)}/feedback`, { verdict: 'correct', note: noted.value });
  }

  private async plantPlace(at: Omit<Place, 'sessionId'>, call: Call): Promise<void> {
    const { tenantId, userId, namespace, isolated } = at;
    const title = this.secret({ tenantId, userId });
    const session = await must(call, '/v1/sessions', {
      namespace,
      isolated,
      title: title.value,
      externalId: namespace,
    });
    const sessionId = String(session.id);
    const place = { ...at, sessionId };
    const home = { tenantId, userId, place };
    this.places.push(place);
    this.known.push({ kind: 'session', id: sessionId, tenantId, userId });
    const [said, ofSession] = [this.secret(home), this.secret({ ...home, isOfSession: true })];
    // Nothing of the user's comes out of a session that is closed off.
    const told = isolated ? undefined : this.secret(home);
    const opens = ({ key, value }: Secret) => `${key} umbrella opens by ${value}`;
    await must(call, `/v1/sessions/${sessionId}/turns`, [
      { role: 'user', name: said.value, externalId: `t-${said.value}`, content: opens(said) },
      { role: 'assistant', content: `Always remember ${said.value}.` },
      { role: 'user', content: `From now on always say ${said.value} umbrella.` },
    ]);
    const memories = [
      { content: opens(ofSession), scope: 'session', sessionId, category: 'rule' },
      ...(told ? [{ content: opens(told), namespace, category: 'preference', importance: 0.9 }] : []),
    ];
    for (const memory of memories) {
      const { id } = await must(call, '/v1/memories', memory);
      this.known.push({ kind: 'memory', id: String(id), tenantId, userId });
    }
    if (!isolated) await this.plantDocument(place, call);
  }

  /** Where documents are taken. */
  private async plantDocument(place: Place, call: Call): Promise<void> {
    if (!this.document.paths[DOCUMENTS]) return;
    const { tenantId, userId, namespace } = place;
    const { key, value } = this.secret({ tenantId, userId, place });
    const content = `# About ${value}\n\n${key} umbrella opens by ${value}.`;
    const { id } = await must(call, DOCUMENTS, { content, namespace });
    this.known.push({ kind: 'document', id: String(id), tenantId, userId });
  }
}

async function must(call: Call, path: string, body: object): Promise<Body> {
  const answer = await call('POST', path, { body });
  if (answer.status >= 300) throw new Error(`POST ${path} ${JSON.stringify(body)}: ${answer.text}`);
  return answer.body;
}
