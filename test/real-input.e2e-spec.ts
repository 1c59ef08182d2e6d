import {
  type GoldRunner,
  type Mutation,
  differenceOf,
  differenceOfRows,
  mutationsOf,
  seededRandom,
} from '@memori/golds';
import { FakeClaude, type Gold, isStrict, sharedData } from '@memori/testing';
import { type Ask, askAll } from './real-input/ask-all';
import { type RealInput, type RealSource, defogInput, spiderInput } from './real-input/real-sources';
import { type BootedMemori, bootMemori } from './support/boot-memori';
import { type Call, clientOf } from './support/client';

const shared = sharedData();
const why = shared ? '' : ' (skipped: the folder of real input, ../shared/data, is not there)';
const CHANGED_GOLDS = 200;

interface ChangedGold {
  readonly ask: Ask;
  readonly gold: Gold;
}

// Where skipping counts as a failure the tests run, and fail for want of their input.
(shared || isStrict() ? describe : describe.skip)(`real questions over real databases${why}`, () => {
  let claude: FakeClaude;
  let memori: BootedMemori;
  let call: Call;

  beforeAll(async () => {
    if (!shared) throw new Error(`MEMORI_TEST_STRICT=1${why}`);
    claude = await FakeClaude.start();
    memori = await bootMemori({
      env: {
        MEMORI_ANTHROPIC_BASE_URL: claude.url,
        MEMORI_ANTHROPIC_API_KEY: 'test-key',
        MEMORI_DAILY_TOKEN_LIMIT: '1000000000',
        MEMORI_MAX_REQUESTS_PER_USER: '10',
        MEMORI_BACKGROUND_MODEL_CALLS: 'false',
        // Questions that read nearly alike have golds of their own here: each goes to the model.
        MEMORI_ENABLE_CACHING: 'false',
        MEMORI_LOG_LEVEL: 'error',
      },
    });
    call = clientOf(memori);
  }, 60_000);

  afterAll(async () => {
    await memori?.close();
    await claude?.stop();
  }, 60_000);

  describe('defog: 250 questions over 11 databases', () => {
    let input: RealInput;
    beforeAll(async () => void (input = await defogInput(shared ?? '', call)), 120_000);
    afterAll(() => input?.close(), 60_000);

    it('answers with the rows that the gold gives when run directly', async () => {
      expect(input.sources.flatMap(({ questions }) => questions)).toHaveLength(250);
      expect(input.sources.flatMap(({ golds }) => golds).length).toBeGreaterThanOrEqual(230);

      expect(await faultsOf(input.sources)).toEqual([]);
    }, 600_000);

    it(`judges ${CHANGED_GOLDS} changed golds wrong every time`, async () => {
      const changed = await changedGolds(input.sources);
      expect(changed).toHaveLength(CHANGED_GOLDS);

      const outcomes = await askAll(
        claude,
        call,
        changed.map(({ ask }) => ask),
      );

      const notJudgedWrong = changed.flatMap(({ gold, ask }, i) => {
        const outcome = outcomes[i];
        const fault = outcome && 'result' in outcome && differenceOfRows(gold.result, outcome.result.rows);
        return fault ? [] : [`${ask.sql}\n  ${JSON.stringify(outcome)}`];
      });
      expect(notJudgedWrong).toEqual([]);
    }, 600_000);
  });

  describe('spider: 500 questions, one data source for each schema', () => {
    let input: RealInput;
    beforeAll(async () => void (input = await spiderInput(shared ?? '', call)), 600_000);
    afterAll(() => input?.close(), 60_000);

    it('answers with the rows that the gold gives when run directly', async () => {
      expect(input.sources.flatMap(({ golds }) => golds)).toHaveLength(500);

      expect(await faultsOf(input.sources)).toEqual([]);
    }, 240_000);
  });

  /** Asks every question whose gold runs; what disagrees comes back in words. */
  async function faultsOf(sources: readonly RealSource[]): Promise<string[]> {
    const golds = sources.flatMap(({ id, golds }) => golds.map((gold) => ({ id, gold })));
    const asks = golds.map(({ id, gold }) => ({ dataSourceId: id, question: gold.question.question, sql: gold.sql }));
    const outcomes = await askAll(claude, call, asks);
    return golds.flatMap(({ gold }, i) => {
      const outcome = outcomes[i];
      const fault = !outcome
        ? 'not asked'
        : 'failure' in outcome
          ? outcome.failure
          : differenceOf(gold.result, outcome.result);
      return fault === undefined ? [] : [`${gold.question.dbId}: ${gold.sql}\n  ${fault}`];
    });
  }

  /** One changed query for each gold, until there are enough: it runs, and what it gives differs. */
  async function changedGolds(sources: readonly RealSource[]): Promise<ChangedGold[]> {
    const random = seededRandom(20_261_123);
    const changed: ChangedGold[] = [];
    for (const { id, golds, columns, connect } of sources) {
      const runner = await connect();
      for (const gold of golds) {
        const sql = await changedQuery(runner, gold, mutationsOf(gold.sql, columns, random));
        if (sql) changed.push({ gold, ask: { dataSourceId: id, question: gold.question.question, sql } });
      }
      await runner.close();
    }
    return changed.slice(0, CHANGED_GOLDS);
  }
});

/** The first of the changed queries that runs and gives something else. */
async function changedQuery(
  runner: GoldRunner,
  gold: Gold,
  mutations: readonly Mutation[],
): Promise<string | undefined> {
  for (const { sql } of mutations) {
    const result = await runner.tryRun(sql);
    if (result && sorted(result.rows) !== sorted(gold.result.rows)) return sql;
  }
  return undefined;
}

function sorted(rows: readonly unknown[]): string {
  return rows
    .map((row) => JSON.stringify(row))
    .sort()
    .join('\n');
}
