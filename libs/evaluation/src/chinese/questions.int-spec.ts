import { join } from 'node:path';
import { GoldRunner, questionCases, readRecords } from '@memori/golds';
import { isStrict, loadSpider, sharedData, type EmptyDatabase } from '@memori/testing';
import { readCatalog, SqlGuard } from '@memori/text2sql';
import { schemaMap } from '../schema-map';
import { SourceCatalogs } from '../source-catalogs';

const shared = sharedData();
const withData = shared === undefined && !isStrict() ? describe.skip : describe;

withData('golds of our Chinese questions on the real schemas (skipped without the shared data)', () => {
  const all = questionCases(readRecords([join(__dirname, 'questions.jsonl')]));
  const guard = new SqlGuard();
  let database: EmptyDatabase;

  beforeAll(async () => {
    database = await loadSpider(shared ?? '', [...new Set(all.map(({ dbId }) => dbId))]);
  }, 180_000);
  afterAll(async () => {
    await guard.onApplicationShutdown();
    await database.close();
  });

  it('run and give rows, none of them just nothing or nought', async () => {
    const faults: unknown[] = [];
    for (const { id, dbId, golds } of all) {
      const runner = await GoldRunner.connect(database.url, dbId);
      try {
        const { rows } = await runner.run(golds[0] ?? '');
        if (!rows.flat().some((value) => value !== null && value !== '0')) faults.push({ id, rows });
      } catch (error) {
        faults.push({ id, error: String(error) });
      } finally {
        await runner.close();
      }
    }
    expect(faults).toEqual([]);
  }, 180_000);

  it('do not leave to chance which rows their LIMIT keeps', async () => {
    const chance: string[] = [];
    for (const { id, dbId, golds } of all) {
      const [, head, limit] = /^(.*) LIMIT (\d+)$/s.exec(golds[0] ?? '') ?? [];
      if (head === undefined) continue;
      const runner = await GoldRunner.connect(database.url, dbId);
      const oneMore = `${head} LIMIT ${Number(limit) + 1}`;
      const groups = await runner.tieGroups(oneMore, await runner.run(oneMore));
      await runner.close();
      const [last, next] = [groups?.[Number(limit) - 1], groups?.[Number(limit)]];
      if (groups === undefined || last === next) chance.push(id);
    }
    expect(chance).toEqual([]);
  }, 180_000);

  it('are accepted by the guard and read tables of their own schema', async () => {
    const whole = await readCatalog(database.url);
    const catalogs = new SourceCatalogs(whole, schemaMap('lower(db_id)', whole.schemas));
    const refused: unknown[] = [];
    for (const { id, dbId, golds } of all) {
      const catalog = catalogs.find(dbId);
      const verdict = catalog && (await guard.check(golds[0] ?? '', catalog));
      const strange = verdict?.relations.filter(({ schema }) => schema !== dbId);
      if (!verdict?.allowed || verdict.relations.length === 0 || strange?.length) refused.push({ id, verdict });
    }
    expect(refused).toEqual([]);
  }, 180_000);
});
