import { createHash } from 'node:crypto';

/** More than Memori has; texts beyond it are sent unnamed, so that a text made at run time can fill no server. */
const MOST = 300;

/** Names under which PostgreSQL keeps statements parsed and planned, connection by connection. The same text has one name. */
export class StatementNames {
  private readonly names = new Map<string, string>();

  nameOf(sql: string): string | undefined {
    const known = this.names.get(sql);
    if (known !== undefined || this.names.size >= MOST) return known;
    const name = `m${createHash('sha256').update(sql).digest('hex').slice(0, 24)}`;
    this.names.set(sql, name);
    return name;
  }
}
