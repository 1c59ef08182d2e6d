import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Env } from '@memori/config';
import type { Tx } from '@memori/database';
import {
  type BackgroundConsumer,
  BackgroundConsumers,
  BackgroundLlm,
  type BackgroundReply,
  estimateInput,
  estimateTokens,
} from '@memori/llm';
import type { Principal } from '@memori/scope';
import type { Catalog } from '../data-source/catalog';
import { aliasRows } from './alias-reply';
import { aliasRequest, type AliasReference } from './alias-request';
import { AliasRepository, placeOf } from './alias.repository';
import { chunksOf, piecesOf } from './table-pieces';

/** Of the room that one request has: texts counted apart are not quite the text counted whole. */
const SAFE_SHARE = 0.9;

/**
 * Asks the cheap model, in the background, what people call the tables and columns of a data source, so that a Chinese
 * question finds English tables. Names, types and comments are shown to it, values never; what it described once it is
 * not asked about again until its shape changes.
 */
@Injectable()
export class CatalogAliases implements BackgroundConsumer, OnModuleInit {
  readonly purpose = 'aliases';

  constructor(
    private readonly background: BackgroundLlm,
    private readonly consumers: BackgroundConsumers,
    private readonly repository: AliasRepository,
    private readonly env: Env,
  ) {}

  onModuleInit(): void {
    this.consumers.register(this);
  }

  /** In the transaction that stores the catalogue or its languages. Who registered or synchronised it pays. */
  async describe(
    tx: Tx,
    { tenantId, userId }: Principal,
    { id: dataSourceId, languages }: { readonly id: string; readonly languages: readonly string[] },
    catalog: Catalog,
  ): Promise<void> {
    if (!this.background.isOn) return;
    const described = await this.repository.described(tx, tenantId, dataSourceId);
    const missing = piecesOf(catalog, languages).filter((piece) => described.get(placeOf(piece)) !== piece.shape);
    const scope = { tenantId, userId, dataSourceId };
    const model = this.env.MEMORI_CLAUDE_FAST_MODEL;
    const empty = aliasRequest(scope, [], [], languages);
    const room = this.env.MEMORI_PER_REQUEST_TOKEN_LIMIT * SAFE_SHARE - estimateInput(empty, model);
    for (const pieces of chunksOf(missing, (line) => estimateTokens(line, model), room)) {
      const before = pieces.map((piece) => described.get(placeOf(piece)) ?? '');
      await this.background.submit(tx, aliasRequest(scope, pieces, before, languages));
    }
  }

  async take(tx: Tx, { scope, reference, json }: BackgroundReply): Promise<void> {
    const asked = reference as AliasReference;
    if (!(await this.repository.touch(tx, scope.tenantId, asked.dataSourceId))) return;
    await this.repository.store(tx, scope.tenantId, asked, aliasRows(json, asked));
  }
}
