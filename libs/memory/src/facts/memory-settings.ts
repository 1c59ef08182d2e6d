import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { RequestContext } from '@memori/monitoring';
import type { Principal } from '@memori/scope';
import { Audit, requireRole } from '@memori/security';
import { FieldChecks } from '@memori/session';

/** How a tenant wants its memory to work. */
export interface TenantMemorySettings {
  /** Facts are drawn from what is said, from now on. What is said while this is off is not made up for. */
  readonly drawFacts: boolean;
  /** Rules, strong preferences and who the user is stand in every prompt. */
  readonly conscious: boolean;
  /** In a block of so many tokens. */
  readonly blockTokens: number;
  /** What bears on a question is recalled for it. */
  readonly automatic: boolean;
  /** Memories that one user may have; beyond that drawn ones go. */
  readonly maxMemories: number;
}

export type MemorySettingsPatch = { readonly [K in keyof TenantMemorySettings]?: TenantMemorySettings[K] | null };

export const DEFAULT_MOST_MEMORIES = 10_000;
export const MOST_MEMORIES = 1_000_000;
const DEFAULTS: TenantMemorySettings = {
  drawFacts: true,
  conscious: true,
  blockTokens: 600,
  automatic: true,
  maxMemories: DEFAULT_MOST_MEMORIES,
};
export const MOST_BLOCK_TOKENS = 10_000;

/** Read by administrators, and changed by them. */
@Injectable()
export class MemorySettings {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
  ) {}

  async read(principal: Principal): Promise<TenantMemorySettings> {
    requireRole(principal, 'administrator');
    const { tenantId } = principal;
    const [row] = await this.database.query<TenantMemorySettings & Record<string, unknown>>(
      { tenantId },
      `SELECT draw_facts AS "drawFacts", conscious, block_tokens AS "blockTokens", automatic,
         max_memories AS "maxMemories"
       FROM memori.memory_settings WHERE tenant_id = $1`,
      [tenantId],
    );
    return row ?? DEFAULTS;
  }

  /** A merge patch: absent stays, null gives the default back. */
  async change(principal: Principal, patch: MemorySettingsPatch): Promise<TenantMemorySettings> {
    const now = await this.read(principal);
    check(patch);
    const settings: TenantMemorySettings = {
      drawFacts: patched('drawFacts', now, patch),
      conscious: patched('conscious', now, patch),
      blockTokens: patched('blockTokens', now, patch),
      automatic: patched('automatic', now, patch),
      maxMemories: patched('maxMemories', now, patch),
    };
    const { tenantId } = principal;
    await this.database.transaction({ tenantId }, async (tx) => {
      const { drawFacts, conscious, blockTokens, automatic, maxMemories } = settings;
      await tx.query(
        `INSERT INTO memori.memory_settings (tenant_id, draw_facts, conscious, block_tokens, automatic, max_memories)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant_id) DO UPDATE SET draw_facts = excluded.draw_facts, conscious = excluded.conscious,
           block_tokens = excluded.block_tokens, automatic = excluded.automatic,
           max_memories = excluded.max_memories, updated_at = clock_timestamp()`,
        [tenantId, drawFacts, conscious, blockTokens, automatic, maxMemories],
      );
      await this.audit.record(tx, {
        principal,
        action: 'memory.settings',
        subjectType: 'tenant',
        subjectId: tenantId,
        requestId: RequestContext.current()?.requestId,
        details: { ...settings },
      });
    });
    return settings;
  }
}

function patched<K extends keyof TenantMemorySettings>(
  name: K,
  now: TenantMemorySettings,
  patch: MemorySettingsPatch,
): TenantMemorySettings[K] {
  const value = patch[name];
  return value === undefined ? now[name] : ((value ?? DEFAULTS[name]) as TenantMemorySettings[K]);
}

function check(patch: MemorySettingsPatch): void {
  const checks = new FieldChecks();
  if (patch.blockTokens != null) checks.integer('/blockTokens', patch.blockTokens, 0, MOST_BLOCK_TOKENS);
  if (patch.maxMemories != null) checks.integer('/maxMemories', patch.maxMemories, 1, MOST_MEMORIES);
  checks.throwIfAny();
}
