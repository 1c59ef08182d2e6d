import { type Answer, MemoriClient, MemoriError } from './memori-client';

/** MEMORI_URL=http://127.0.0.1:3000 MEMORI_KEY=… node dist/main.js "How many customers do we have?" */
async function main(): Promise<void> {
  const { MEMORI_URL: url = 'http://127.0.0.1:3000', MEMORI_KEY: key = '' } = process.env;
  const memori = new MemoriClient({ url, key });
  const question = process.argv.slice(2).join(' ') || 'How many customers do we have?';
  show(await memori.ask({ question, dataSourceId: 'demo' }));
}

/** The union knows which fields an answer of each status has. */
function show(answer: Answer): void {
  switch (answer.status) {
    case 'answered':
      console.log(answer.explanation ?? '');
      console.table(answer.rows);
      console.log(answer.sql);
      break;
    case 'clarification':
      console.log(answer.clarification.question, answer.clarification.options);
      break;
    case 'refused':
      console.log(answer.refusal.reason);
      break;
    case 'failed':
      console.log(answer.error.detail);
      break;
    case 'cancelled':
    case 'queued':
    case 'running':
      console.log(answer.status);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof MemoriError ? `${error.problem.code}: ${error.problem.detail}` : error);
  process.exitCode = 1;
});
