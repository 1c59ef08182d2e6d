import 'reflect-metadata';
import { loadEnv } from '@memori/config';
import { MemoriProcess } from './memori-process';

const MOST_USD = 0.2;
/** What one question with a repair round may cost at most under the limits below. */
const ONE_QUESTION_USD = 0.07;

const QUESTIONS = [
  'Which ten customers bought the most coffee last year, by revenue?',
  'How many bags of each roast were shipped per quarter in 2025?',
  '哪些大区的平均订单金额最高？',
  'Which suppliers deliver organic coffee from Ethiopia?',
  '过去一年里没有下过订单的客户有哪些？',
  'What share of orders was cancelled in each region?',
  'Which employees manage nobody?',
  'Wie hoch ist der durchschnittliche Kreditrahmen je Kundenart?',
  'Which products scored above 85 in quality checks?',
  'What is the weather in Zurich today?',
] as const;

interface Answer {
  readonly status: string;
  readonly sql?: string;
  readonly rowCount?: number;
  readonly detail?: string;
  readonly usage?: { readonly costUsd: number; readonly attempts: number; readonly model: string };
  readonly timings?: { readonly totalMs: number };
}

/** Called when this file is run: `npm run smoke:live` asks ten questions of the real API about the demo data source. */
async function main(): Promise<void> {
  const { MEMORI_ANTHROPIC_API_KEY: key, MEMORI_ANTHROPIC_BASE_URL: baseUrl } = loadEnv(process.cwd());
  if (!key) {
    process.stdout.write(
      'skipped: set MEMORI_ANTHROPIC_API_KEY in .env.memori.local or the environment to ask the real API\n',
    );
    return;
  }
  const memori = await MemoriProcess.start({
    env: {
      MEMORI_ANTHROPIC_API_KEY: key,
      ...(baseUrl && { MEMORI_ANTHROPIC_BASE_URL: baseUrl }),
      MEMORI_MONTHLY_BUDGET_USD: String(MOST_USD),
      MEMORI_PER_REQUEST_TOKEN_LIMIT: '8000',
      MEMORI_MAX_OUTPUT_TOKENS: '1500',
      MEMORI_BACKGROUND_MODEL_CALLS: 'false',
      MEMORI_DEMO: 'true',
    },
  });
  try {
    await askAll(memori);
  } finally {
    await memori.stop();
  }
}

async function askAll(memori: MemoriProcess): Promise<void> {
  let [asked, answered, costUsd] = [0, 0, 0];
  for (const question of QUESTIONS) {
    if (costUsd + ONE_QUESTION_USD > MOST_USD) break;
    const body = { question, dataSourceId: 'demo', maxRows: 5 };
    const answer = await memori.call<Answer>('POST', '/v1/questions', body, { prefer: 'wait=100' });
    asked++;
    if (answer.status === 200) answered++;
    costUsd += answer.body.usage?.costUsd ?? 0;
    process.stdout.write(`${lineOf(question, answer)}\n`);
  }
  if (asked < QUESTIONS.length) process.stdout.write('\nStopped early: one more question might exceed the limit.\n');
  process.stdout.write(`\n${answered} of ${asked} answered for ${costUsd.toFixed(4)} USD (at most ${MOST_USD})\n`);
  if (answered < asked || asked === 0) process.exitCode = 1;
}

function lineOf(question: string, { status, body }: { status: number; body: Answer }): string {
  const outcome = status === 200 ? `${body.status}, ${body.rowCount ?? 0} rows` : `${status} ${body.detail ?? ''}`;
  const spent = body.usage ? `, ${body.usage.model}, ${body.usage.costUsd.toFixed(4)} USD` : '';
  return `${question}\n  ${outcome}${spent}, ${Math.round(body.timings?.totalMs ?? 0)} ms\n  ${body.sql ?? ''}`;
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
