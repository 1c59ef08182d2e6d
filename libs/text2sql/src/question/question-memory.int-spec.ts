import { Memories } from '@memori/memory';
import { ADMIN, questionWorld, type QuestionWorld } from '../../../../test/support/question-world';

let world: QuestionWorld;

beforeAll(async () => {
  world = await questionWorld();
}, 30_000);
afterAll(() => world?.close());
beforeEach(() => world.claude.reset());

const COUNT = 'SELECT count(*) AS customers FROM customers';

function prompt(): string {
  return world.claude.lastRequest.promptText;
}

it('shows the model the rules of the tenant, whatever is asked', async () => {
  const content = 'An active customer has ordered within 30 days.';
  await world.get(Memories).add(ADMIN, { content, category: 'rule', scope: 'tenant' });
  world.claude.next(COUNT);

  const { answer } = await world.ask('What sells best?');

  expect(prompt()).toContain(content);
  expect(answer.memories).toContainEqual(expect.objectContaining({ content }));
});

it('shows the model what bears on the question, in Chinese as well', async () => {
  const namespace = `schema:${world.dataSource.id}`;
  await world.get(Memories).add(ADMIN, { content: '活跃客户指近30天下过单的客户', category: 'fact', namespace });
  world.claude.next(COUNT);

  const { answer } = await world.ask('活跃客户有多少');

  expect(prompt()).toContain('活跃客户指近30天下过单的客户');
  expect(answer.memories.map(({ content }) => content)).toContain('活跃客户指近30天下过单的客户');
});

it('shows nobody what another user keeps or said', async () => {
  const bob = { ...ADMIN, userId: 'bob' };
  const namespace = `schema:${world.dataSource.id}`;
  await world.get(Memories).add(bob, { content: 'Bob loves the purple customers', category: 'fact', namespace });
  world.claude.next(COUNT, COUNT);
  await world.main.questions.ask(bob, { question: 'How many purple customers has Bob?' }, { waitMs: 20_000 });

  await world.ask('How many purple customers?');

  expect(prompt()).not.toMatch(/Bob/);
});

it('refuses with 429 what the budget does not allow, and forgets the key', async () => {
  const poor = await world.start({ MEMORI_DAILY_TOKEN_LIMIT: '10' });
  const ask = () =>
    poor.questions.ask(
      { ...ADMIN, userId: 'poor' },
      { question: 'Too dear?' },
      { waitMs: 20_000, idempotencyKey: 'dear' },
    );

  const [first, second] = [await ask(), await ask()];

  expect(first.answer).toMatchObject({
    status: 'failed',
    error: { status: 429, code: 'budget-exhausted', retryable: false, resetsAt: expect.any(String) },
    usage: { attempts: 0 },
  });
  expect(second.replayed).toBe(false);
  expect(world.claude.requests).toEqual([]);
});
