import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { Database, type DbScope, isConflict, type Tx } from '@memori/database';
import { ConflictError, DomainError, type FieldError, InvalidRequestError } from '@memori/errors';
import { RequestContext } from '@memori/monitoring';
import { hasRole, type Principal, userScopeOf } from '@memori/scope';
import { Audit, requireRole } from '@memori/security';
import { SessionImport } from '@memori/session';
import { MemoryRepository } from '../memory.repository';
import { ImportRepository } from './import.repository';
import { type ImportLine, lineError, type LineKind, readImportLine } from './import-line';
import { type ImportCounts, ImportRun } from './import-run';

const MOST_ERRORS = 20;
/** Lines, and characters of them, that are written together. */
const LINES_AT_ONCE = 500;
const CHARACTERS_AT_ONCE = 4_000_000;
/** Each holds a connection for as long as its sender takes. */
const IMPORTS_AT_ONCE = 2;

/** Takes what an export wrote, as a whole or not at all. The same lines again change nothing. */
@Injectable()
export class MemoryImport {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly repository: ImportRepository,
    private readonly memories: MemoryRepository,
    private readonly sessions: SessionImport,
    private readonly audit: Audit,
    private readonly env: Env,
  ) {}

  async import(principal: Principal, lines: ImportLines): Promise<ImportCounts> {
    requireRole(principal, 'member');
    await this.turn();
    try {
      return await this.database.transaction(writeScope(principal), (tx) => this.run(tx, principal, lines));
    } catch (error) {
      if (error instanceof DomainError || !isClash(error)) throw error;
      throw new ConflictError('Something else was written at the same time. Nothing was imported; send it again.');
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }

  private async run(tx: Tx, principal: Principal, lines: ImportLines): Promise<ImportCounts> {
    const run = new ImportRun(tx, principal, {
      ...{ repository: this.repository, memories: this.memories, sessions: this.sessions },
      sessionTtlSeconds: this.env.MEMORI_SESSION_TTL_SECONDS,
    });
    const errors: FieldError[] = [];
    let [batch, characters, number] = [[] as ImportLine[], 0, 0];
    const flush = async () => {
      // After the first mistake nothing is written any more: the rest is read for what else is wrong.
      if (errors.length === 0) errors.push(...(await run.take(batch)));
      [batch, characters] = [[], 0];
    };
    for await (const text of lines) {
      number++;
      if (text instanceof DomainError) {
        errors.push(lineError(number, '', text.message));
        continue;
      }
      if (text.trim() === '') continue;
      const line = readImportLine(text, number);
      if ('errors' in line) errors.push(...line.errors);
      else if (isTenants(line) && !hasRole(principal, 'curator'))
        errors.push(lineError(number, '/scope', 'must not be "tenant": that is for curators'));
      else {
        if (batch.length > 0 && !isNextOf(batch, line, characters + text.length)) await flush();
        batch.push(line);
        characters += text.length;
      }
      if (errors.length >= MOST_ERRORS) break;
    }
    if (errors.length === 0) await flush();
    if (errors.length > 0) throw refusal(errors.slice(0, MOST_ERRORS));
    const counts = await run.finish();
    await this.record(tx, principal, counts);
    return counts;
  }

  private async turn(): Promise<void> {
    if (this.running >= IMPORTS_AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running++;
  }

  private record(tx: Tx, principal: Principal, { lines, imported }: ImportCounts): Promise<void> {
    const requestId = RequestContext.current()?.requestId;
    const details = { lines, ...imported };
    return this.audit.record(tx, { principal, action: 'memory.import', subjectType: 'user', requestId, details });
  }
}

/** Each line, or why it is none. */
export type ImportLines = AsyncIterable<string | DomainError> | Iterable<string | DomainError>;

/** Curators also bring what is the whole tenant's, which no user writes by himself. */
function writeScope(principal: Principal): DbScope {
  return hasRole(principal, 'curator') ? { tenantId: principal.tenantId } : userScopeOf(principal);
}

function isTenants({ kind, fields }: ImportLine): boolean {
  return (kind === 'memory' || kind === 'document') && fields.scope === 'tenant';
}

function isNextOf(batch: readonly ImportLine[], { kind }: ImportLine, characters: number): boolean {
  const last: LineKind | undefined = batch.at(-1)?.kind;
  return kind === last && kind !== 'export' && batch.length < LINES_AT_ONCE && characters <= CHARACTERS_AT_ONCE;
}

/** A deadlock, a long wait for a lock, a unique key that somebody else took meanwhile, or an id that another tenant's row has. */
function isClash(error: unknown): boolean {
  return isConflict(error) || ['23505', '42501', '57014'].includes(String((error as { code?: unknown }).code));
}

function refusal(errors: readonly FieldError[]): InvalidRequestError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new InvalidRequestError(`Nothing was imported: ${first?.message ?? ''}${more}.`, errors);
}
