import type { AddressInfo } from 'node:net';
import { parseEnv } from '@memori/config';
import { Log } from '@memori/monitoring';
import { type FakeClaude, testDatabase, type TestDatabase } from '@memori/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Lifecycle } from '../../apps/api/src/health/lifecycle';
import { createMemori, listenOptions } from '../../apps/memori/src/create-memori';

// A whole application starts and stops around these tests, on machines that have other things to do.
jest.setTimeout(60_000);

export const ADMIN_KEY = 'the-administrators-key-of-the-tests';

export interface BootOptions {
  /** Variables of the configuration, beside those that a test always sets. */
  readonly env?: Record<string, string>;
  /** The model that it asks; none when left out. */
  readonly claude?: FakeClaude;
  /** Another instance on the database of this one. */
  readonly beside?: BootedMemori;
}

/** The real application, listening on a port of its own. */
export interface BootedMemori {
  readonly url: string;
  readonly app: NestFastifyApplication;
  readonly db: TestDatabase;
  /** The JSON lines of its log. */
  readonly logLines: string[];
  close(): Promise<void>;
}

/** Boots the real application in this process, on a fresh copy of Memori's database. */
export async function bootMemori(options: BootOptions = {}): Promise<BootedMemori> {
  const db = options.beside?.db ?? (await testDatabase());
  const logLines: string[] = [];
  const env = parseEnv({
    MEMORI_HOST: '127.0.0.1',
    MEMORI_PORT: '0',
    MEMORI_DATABASE_URL: db.url,
    MEMORI_DATABASE_DIRECT_URL: db.ownerUrl,
    MEMORI_ADMIN_KEY: ADMIN_KEY,
    MEMORI_ENCRYPTION_KEY: 'ab'.repeat(32),
    MEMORI_LOG_LEVEL: 'info',
    // A test that failed leaves questions behind; nobody waits for them.
    MEMORI_SHUTDOWN_GRACE_SECONDS: '1',
    // Tests count the calls of questions; those of background work turn it on.
    MEMORI_BACKGROUND_MODEL_CALLS: 'false',
    // They script a reply for each question that they ask, repeats too; those of stored answers turn it on.
    MEMORI_ENABLE_CACHING: 'false',
    ...(options.claude && { MEMORI_ANTHROPIC_BASE_URL: options.claude.url, MEMORI_ANTHROPIC_API_KEY: 'test-key' }),
    ...options.env,
  });
  const log = new Log({ level: env.MEMORI_LOG_LEVEL, destination: { write: (line) => void logLines.push(line) } });
  const app = await createMemori(env, log);
  try {
    await app.listen(listenOptions(0, '127.0.0.1'));
  } catch (error) {
    await app.close(); // else its background work would outlive the test
    throw error;
  }
  app.get(Lifecycle).markStarted();
  const { port } = app.getHttpServer().address() as AddressInfo;
  const close = async () => {
    app.get(Lifecycle).stop();
    await app.close();
    if (!options.beside) await db.close();
  };
  return { url: `http://127.0.0.1:${port}`, app, db, logLines, close };
}
