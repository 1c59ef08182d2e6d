import { Injectable } from '@nestjs/common';
import { Env } from '@memori/config';
import { DomainError } from '@memori/errors';
import { connectSettling, connectSource } from './connect-source';
import type { SealedConnection } from './connection-seal';
import type { DataSourceTest, SampleValues } from './data-source.record';
import { DataSourceRepository } from './data-source.repository';
import type { AddressPolicy } from './guarded-socket';
import { roleFindings } from './introspection/findings';
import { type DatabaseIdentity, inspectRole, type Probe, probe } from './probe';
import type { SourceTarget } from './source-url';

/** What a data source is looked at for. */
export interface ProbeWish {
  readonly target: SourceTarget;
  /** Made by Memori itself, as the demo is. */
  readonly isOwn: boolean;
  readonly wantedSchemas: string[] | null;
  readonly sampleValues: SampleValues;
}

export interface Probed extends Probe {
  readonly connection: SealedConnection;
}

/** Looks at data sources over connections of its own, apart from those that questions use. */
@Injectable()
export class SourceProber {
  private own?: Promise<DatabaseIdentity | undefined>;

  constructor(
    private readonly repository: DataSourceRepository,
    private readonly env: Env,
  ) {}

  async probe({ target, isOwn, wantedSchemas, sampleValues }: ProbeWish): Promise<Probed> {
    const own = await (this.own ??= this.repository.ownIdentity());
    const settled = await connectSettling(target, this.policyOf(isOwn));
    const requireLeastPrivilege = this.env.MEMORI_REQUIRE_LEAST_PRIVILEGE;
    try {
      const found = await probe(settled.client, settled.target, {
        wantedSchemas,
        sampleValues,
        requireLeastPrivilege,
        own,
      });
      return { ...found, connection: { target: settled.target, isOwn } };
    } finally {
      settled.client.destroy();
    }
  }

  /** Connects anew and says what came of it; a data source that fails is an answer, not an error. */
  async test({ target, isOwn }: SealedConnection, wantedSchemas: string[] | null): Promise<DataSourceTest> {
    const startedAt = performance.now();
    const latencyMs = () => Math.round((performance.now() - startedAt) * 10) / 10;
    try {
      const client = await connectSource(target, this.policyOf(isOwn));
      try {
        const server = await inspectRole(client, target, wantedSchemas);
        return { ok: true, latencyMs: latencyMs(), serverVersion: server.version, findings: roleFindings(server) };
      } finally {
        client.destroy();
      }
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const { code, message } = error;
      return { ok: false, latencyMs: latencyMs(), serverVersion: null, findings: [], error: { code, message } };
    }
  }

  private policyOf(isOwn: boolean): AddressPolicy {
    return { allowPrivate: isOwn || this.env.MEMORI_ALLOW_PRIVATE_DATA_SOURCES, allowSocket: isOwn };
  }
}
