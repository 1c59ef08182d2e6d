import { MemoriProcess } from '../process/memori-process';
import { Asker } from './asker';

export interface BenchOptions {
  readonly claudeUrl: string;
  /** The database to ask about. */
  readonly sourceUrl: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
}

/** Limits are out of the way; everything else is as it comes. */
const RAISED = {
  MEMORI_ANTHROPIC_API_KEY: 'bench',
  MEMORI_MAX_CONCURRENT_REQUESTS: '100',
  MEMORI_MAX_REQUESTS_PER_USER: '100',
  MEMORI_DAILY_TOKEN_LIMIT: '1000000000000',
  MEMORI_BACKGROUND_MODEL_CALLS: 'false',
  MEMORI_DEMO: 'false',
};

/** A Memori with one data source, warmed up. */
export async function startBenchMemori(options: BenchOptions): Promise<{ memori: MemoriProcess; asker: Asker }> {
  const env = { ...RAISED, MEMORI_ANTHROPIC_BASE_URL: options.claudeUrl, ...options.env };
  const memori = await MemoriProcess.start({ env, nodeArguments: options.nodeArguments });
  try {
    const source = { name: 'shop', dialect: 'postgresql', url: options.sourceUrl };
    const created = await memori.call<{ id?: string }>('POST', '/v1/data-sources', source);
    const id = created.body.id ?? 'shop'; // registered already when this is a second Memori on the same database
    if (created.status !== 201 && created.status !== 409)
      throw new Error(`no data source: ${JSON.stringify(created.body)}`);
    return { memori, asker: new Asker(memori, id) };
  } catch (error) {
    await memori.stop();
    throw error;
  }
}
