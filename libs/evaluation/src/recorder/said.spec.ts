import { type Said, saidIn, streamOf } from './said';

const ESTIMATE = { input_tokens: 100, output_tokens: 20 };

describe('a message as a stream', () => {
  it.each<Said>([
    { text: '{"outcome":"sql","sql":"SELECT 1\\n"}', stopReason: 'end_turn' },
    { text: '', stopReason: 'refusal' },
    { text: '半个 😀 字', stopReason: 'max_tokens', usage: { input_tokens: 7, output_tokens: 3 } },
  ])('is read back as it was said: %j', (said) => {
    const { status, body } = streamOf(said, 'm', ESTIMATE);

    expect(status).toBe(200);
    expect(saidIn(body)).toEqual({
      ...said,
      usage: { cache_read_input_tokens: 0, cache_creation_input_tokens: 0, ...(said.usage ?? ESTIMATE) },
    });
  });

  it('is nothing while it is not whole', () => {
    const { body } = streamOf({ text: 'x', stopReason: 'end_turn' }, 'm', ESTIMATE);

    expect(saidIn(body.slice(0, body.indexOf('event: message_stop')))).toBeUndefined();
    expect(saidIn('event: error\ndata: {"type":"error"}\n\n')).toBeUndefined();
  });
});
