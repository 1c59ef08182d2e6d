import { Metrics } from './metrics';

describe('Metrics', () => {
  it('counts tokens by kind and adds up the cost', async () => {
    const metrics = new Metrics();
    const usage = {
      inputTokens: 10,
      cacheReadTokens: 20,
      cacheWrite5mTokens: 3,
      cacheWrite1hTokens: 4,
      outputTokens: 5,
    };

    metrics.attemptEnded({ model: 'claude-sonnet-5-5', outcome: 'ok', usage, costNanoUsd: 1500n, durationMs: 20 });

    const text = await metrics.text();
    expect(text).toContain('memori_llm_tokens_total{model="claude-sonnet-5-5",kind="cache_write"} 7');
    expect(text).toContain('memori_llm_cost_nanousd_total{model="claude-sonnet-5-5"} 1500');
  });

  it('stands alone: two in one process do not clash', async () => {
    const [one, other] = [new Metrics(), new Metrics()];

    one.mustWait('no-slot');

    expect(await one.text()).toContain('memori_must_wait_total{reason="no-slot"} 1');
    expect(await other.text()).not.toContain('memori_must_wait_total{reason="no-slot"}');
  });

  it('labels requests by the template of their route', async () => {
    const metrics = new Metrics();

    metrics.requestEnded({ method: 'GET', route: '/v1/questions/:id', status: 200, durationMs: 4 });

    expect(await metrics.text()).toContain(
      'memori_http_request_duration_seconds_count{method="GET",route="/v1/questions/:id",status="200"} 1',
    );
  });
});
