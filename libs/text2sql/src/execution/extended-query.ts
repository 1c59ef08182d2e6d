import type { Duplex } from 'node:stream';
import type { Submittable } from 'pg';
import { ResultTooLargeError } from './execution.errors';

/** A column as the server describes it, domains already replaced by what they are made of. */
export interface WireColumn {
  readonly name: string;
  readonly typeId: number;
  readonly modifier: number;
}

/** Values in PostgreSQL's text form. */
export type WireRow = readonly (string | null)[];

export interface WireResult {
  readonly columns: WireColumn[];
  readonly rows: WireRow[];
  /** More rows wait than were asked for. */
  readonly isSuspended: boolean;
}

export interface WireParameter {
  readonly value: string | null;
  /** Object id of its type; 0 lets the server find out. */
  readonly typeId: number;
}

/** The messages of the extended protocol, as `pg` writes them (its published types are older than its code). */
interface Wire {
  readonly stream: Duplex;
  parse(message: { text: string; types: number[] }): void;
  bind(message: { values: (string | null)[] }): void;
  describe(message: { type: 'P' | 'S' }): void;
  execute(message: { rows: number }): void;
  sync(): void;
}

interface FieldMessage {
  readonly name: string;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

/**
 * One statement by the extended protocol, in one round trip, values as text. The server refuses several statements in
 * one; it hands out `maxRows` rows and keeps the rest, as a cursor does; bytes are counted as they come out of the
 * socket (of the TLS layer when there is one), before the driver has put a value together.
 */
export class ExtendedQuery implements Submittable {
  readonly result: Promise<WireResult>;
  private readonly rows: WireRow[] = [];
  private columns: WireColumn[] = [];
  private isSuspended = false;
  private bytes = 0;
  private wire?: Wire;
  private isWritten = false;
  private resolve!: (result: WireResult) => void;
  private reject!: (error: unknown) => void;

  constructor(
    private readonly text: string,
    private readonly parameters: readonly WireParameter[],
    /** Rows to fetch; 0 only parses, and runs nothing. */
    private readonly fetch: number,
    private readonly maxBytes: number,
  ) {
    this.result = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    // Whoever runs the query awaits it; a failure before that must not count as unhandled.
    this.result.catch(() => undefined);
  }

  get isSent(): boolean {
    return this.isWritten;
  }

  /** Called by `pg` when the connection is ready for it. */
  submit(connection: unknown): void {
    this.wire = connection as Wire;
    this.wire.stream.prependListener('data', this.count);
    this.write(connection);
  }

  /** Puts it on the wire. Before its turn: the server does it right after what it is at, and its answer comes in its turn. */
  write(connection: unknown): void {
    if (this.isWritten) return;
    this.isWritten = true;
    const wire = connection as Wire;
    wire.stream.cork();
    wire.parse({ text: this.text, types: this.parameters.map(({ typeId }) => typeId) });
    if (this.fetch === 0) wire.describe({ type: 'S' });
    else {
      wire.bind({ values: this.parameters.map(({ value }) => value) });
      wire.describe({ type: 'P' });
      wire.execute({ rows: this.fetch });
    }
    wire.sync();
    wire.stream.uncork();
  }

  handleRowDescription(message: { fields: FieldMessage[] }): void {
    this.columns = message.fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
      name,
      typeId: dataTypeID,
      modifier: dataTypeModifier,
    }));
  }

  handleDataRow(message: { fields: (string | null)[] }): void {
    this.rows.push(message.fields);
  }

  handlePortalSuspended(): void {
    this.isSuspended = true;
  }

  handleReadyForQuery(): void {
    this.stopCounting();
    this.resolve({ columns: this.columns, rows: this.rows, isSuspended: this.isSuspended });
  }

  handleError(error: unknown): void {
    this.stopCounting();
    this.reject(error);
  }

  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}

  private readonly count = (chunk: Buffer): void => {
    this.bytes += chunk.length;
    if (this.bytes <= this.maxBytes) return;
    this.wire?.stream.destroy(new ResultTooLargeError(this.maxBytes));
  };

  private stopCounting(): void {
    this.wire?.stream.off('data', this.count);
  }
}
