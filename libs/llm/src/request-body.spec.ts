import type { LlmRequest } from './llm';
import { requestBody } from './request-body';

const request: LlmRequest = {
  scope: { tenantId: 'default', userId: 'anna' },
  purpose: 'answer',
  system: [{ text: 'Rules' }, { text: 'Schema', cache: '5m' }],
  messages: [
    { role: 'user', content: [{ text: 'Earlier', cache: '1h' }] },
    { role: 'assistant', content: [{ text: '{}' }] },
    { role: 'user', content: [{ text: 'History' }, { text: 'How many? 多少' }] },
  ],
  schema: { title: 'memori-answer-1', type: 'object' },
};

describe('requestBody', () => {
  it('says what the newest models understand, and nothing that they refuse', () => {
    expect(requestBody(request, 'claude-sonnet-5-5', 4096, 'low')).toEqual({
      model: 'claude-sonnet-5-5',
      max_tokens: 4096,
      stream: true,
      system: [
        { type: 'text', text: 'Rules' },
        { type: 'text', text: 'Schema', cache_control: { type: 'ephemeral', ttl: '5m' } },
      ],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Earlier', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
        { role: 'assistant', content: [{ type: 'text', text: '{}' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'History' },
            { type: 'text', text: 'How many? 多少' },
          ],
        },
      ],
      output_config: { format: { type: 'json_schema', schema: request.schema }, effort: 'low' },
    });
  });

  it.each(['claude-sonnet-4-6', 'claude-haiku-4-5-20251001'])('asks no effort of %s', (model) => {
    expect(requestBody(request, model, 100, 'high').output_config).not.toHaveProperty('effort');
  });

  it('leaves out empty blocks and replaces half surrogate pairs, which would make the body unreadable', () => {
    const body = requestBody(
      { ...request, system: [{ text: '' }, { text: 'a\ud800b 😀' }] },
      'claude-opus-5',
      1,
      'low',
    );

    expect(body.system).toEqual([{ type: 'text', text: 'a\ufffdb 😀' }]);
  });
});
