import Anthropic, { APIConnectionError, APIConnectionTimeoutError, APIError, AnthropicError } from '@anthropic-ai/sdk';
import { CutStreamError, providerFaultOf } from './provider-fault';
import { retryAfterMsOf } from './retry-after';

const NOW = Date.parse('2026-11-23T12:00:00Z');

function answer(status: number, type: string, headers: Record<string, string> = {}, message = 'secret prompt text') {
  return APIError.generate(status, { type: 'error', error: { type, message } }, undefined, new Headers(headers));
}

function event(type: 'overloaded_error' | 'api_error' | 'rate_limit_error') {
  return new APIError(undefined, { error: { type } }, undefined, new Headers({ 'retry-after': '3' }), type);
}

describe('providerFaultOf', () => {
  it.each([
    [429, 'rate_limit_error', { 'retry-after': '7' }, 'rate-limited'],
    [429, 'rate_limit_error', {}, 'spend-limit'],
    [402, 'billing_error', {}, 'spend-limit'],
    [529, 'overloaded_error', {}, 'overloaded'],
    [500, 'api_error', {}, 'unavailable'],
    [502, 'api_error', {}, 'unavailable'],
    [503, 'api_error', {}, 'unavailable'],
    [504, 'timeout_error', {}, 'unavailable'],
    [408, 'timeout_error', {}, 'unavailable'],
    [401, 'authentication_error', {}, 'key-refused'],
    [403, 'permission_error', {}, 'key-refused'],
    [404, 'not_found_error', {}, 'model-unknown'],
    [413, 'request_too_large', {}, 'too-large'],
    [400, 'invalid_request_error', {}, 'bad-request'],
    [422, 'invalid_request_error', {}, 'bad-request'],
  ])('takes %d %s %j for %s, which is not billed', (status, type, headers, kind) => {
    expect(providerFaultOf(answer(status, type, headers), NOW)).toMatchObject({ kind, status, isUnbilled: true });
  });

  it('takes a 400 about the credit balance for the spending limit', () => {
    const error = answer(400, 'invalid_request_error', {}, 'Your credit balance is too low to access the API.');

    expect(providerFaultOf(error)).toMatchObject({ kind: 'spend-limit' });
  });

  it.each([
    ['overloaded_error' as const, 'overloaded'],
    ['rate_limit_error' as const, 'overloaded'],
    ['api_error' as const, 'unavailable'],
  ])('takes an error event %s in the middle of a stream for %s, which is billed', (type, kind) => {
    expect(providerFaultOf(event(type))).toMatchObject({ kind, isUnbilled: false });
  });

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED'])(
    'bills nothing when %s kept the request from being sent',
    (code) => {
      const cause = Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(code), { code }) });

      expect(providerFaultOf(new APIConnectionError({ cause }))).toEqual({ kind: 'connection', isUnbilled: true });
    },
  );

  it('finds the reason among several addresses that were tried', () => {
    const tried = new AggregateError([Object.assign(new Error(), { code: 'ECONNREFUSED' })]);

    expect(providerFaultOf(new APIConnectionError({ cause: tried }))).toMatchObject({ isUnbilled: true });
  });

  it.each([
    [
      'a reset before the answer',
      new APIConnectionError({ cause: Object.assign(new Error(), { code: 'ECONNRESET' }) }),
      'connection',
    ],
    ['no answer in time', new APIConnectionTimeoutError(), 'timeout'],
    ['a socket cut within the stream', new AnthropicError('terminated'), 'cut-stream'],
    ['the same by fetch itself', new TypeError('terminated'), 'cut-stream'],
    ['a stream that ended early', new CutStreamError(), 'cut-stream'],
  ])('takes it for billed after %s', (_, error, kind) => {
    expect(providerFaultOf(error)).toEqual({ kind, isUnbilled: false });
  });

  it('leaves a bug of ours alone', () => {
    expect(providerFaultOf(new TypeError('x is not a function'))).toBeUndefined();
    expect(providerFaultOf('text')).toBeUndefined();
  });

  it('keeps nothing of what the provider wrote', () => {
    expect(JSON.stringify(providerFaultOf(answer(400, 'invalid_request_error')))).not.toContain('secret');
  });

  it('knows the classes of the SDK that it is built on', () => {
    expect(answer(529, 'overloaded_error')).toBeInstanceOf(Anthropic.APIError);
  });
});

describe('retryAfterMsOf', () => {
  it.each([
    [{ 'retry-after': '30' }, 30_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': ' 2 ' }, 2000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after-ms': '1250', 'retry-after': '2' }, 1250],
    [{ 'retry-after': 'Mon, 23 Nov 2026 12:01:30 GMT' }, 90_000],
    [{ 'retry-after': 'Mon, 23 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{}, undefined],
  ])('reads %j as %s ms', (headers, ms) => {
    expect(retryAfterMsOf(new Headers(headers as Record<string, string>), NOW)).toBe(ms);
  });
});
