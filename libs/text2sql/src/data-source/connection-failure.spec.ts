import { connectionFailure, isConnectionLoss } from './connection-failure';
import { DataSourceAddressError } from './data-source.errors';

const PLACE = { host: 'db.example.com', port: 5432, database: 'shop' };
const failed = (code: string, message = 'password sEcret') => Object.assign(new Error(message), { code });

describe('connectionFailure', () => {
  it.each([
    ['28P01', 'data-source-credentials'],
    ['28000', 'data-source-credentials'],
    ['42501', 'data-source-credentials'],
    ['3D000', 'data-source-unreachable'],
    ['53300', 'data-source-unreachable'],
    ['57P03', 'data-source-unreachable'],
    ['ECONNREFUSED', 'data-source-unreachable'],
    ['ENOTFOUND', 'data-source-unreachable'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'data-source-unreachable'],
  ])('translates %s to %s, without the words of the cause', (code, expected) => {
    const failure = connectionFailure(failed(code), PLACE);

    expect(failure).toMatchObject({ kind: 'bad-upstream', code: expected });
    expect(failure.message).not.toContain('sEcret');
  });

  it.each([
    [new Error('timeout expired'), 'did not answer in time'],
    [new Error('Connection terminated unexpectedly'), 'ended the connection'],
    [new Error('The server does not support SSL connections'), 'no TLS'],
    [failed('DEPTH_ZERO_SELF_SIGNED_CERT'), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [new AggregateError([failed('ECONNREFUSED'), failed('ECONNREFUSED')]), 'nothing listens'],
    [undefined, 'does not answer as PostgreSQL does'],
  ])('gives a reason that helps: %s', (error, reason) => {
    expect(connectionFailure(error, PLACE).message).toContain(reason);
  });

  it('names host and port, an IPv6 address in brackets', () => {
    expect(connectionFailure(failed('ECONNREFUSED'), PLACE).message).toContain('db.example.com:5432');
    expect(connectionFailure(failed('ECONNREFUSED'), { ...PLACE, host: '::1' }).message).toContain('[::1]:5432');
  });

  it('takes a password that SCRAM cannot use for a wrong one', () => {
    const error = new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a non-empty string');

    expect(connectionFailure(error, PLACE)).toMatchObject({ code: 'data-source-credentials' });
  });

  it('lets errors of the domain through', () => {
    const error = new DataSourceAddressError('x');

    expect(connectionFailure(error, PLACE)).toBe(error);
  });
});

describe('isConnectionLoss', () => {
  it.each([failed('ECONNRESET'), failed('57P01'), failed('08006'), new Error('Connection terminated unexpectedly')])(
    'knows %s',
    (error) => {
      expect(isConnectionLoss(error)).toBe(true);
    },
  );

  it.each([failed('42601'), failed('57014'), failed('08P01'), new Error('something else'), undefined])(
    'does not take %s for one',
    (error) => {
      expect(isConnectionLoss(error)).toBe(false);
    },
  );
});
