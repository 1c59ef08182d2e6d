import { DomainError } from '@memori/errors';
import { parseSourceUrl } from './source-url';

describe('parseSourceUrl', () => {
  it('reads every part of a URL', () => {
    expect(parseSourceUrl('postgresql://reader:secret@db.example.com:6543/shop?sslmode=require')).toEqual({
      host: 'db.example.com',
      port: 6543,
      database: 'shop',
      username: 'reader',
      password: 'secret',
      ssl: 'require',
    });
  });

  it('knows the short scheme, any case of it, the default port and an absent password', () => {
    expect(parseSourceUrl('POSTGRES://reader@db/shop')).toMatchObject({ host: 'db', port: 5432, password: '' });
  });

  it.each([
    ['p%40ss%3Aw%2Frd%25', 'p@ss:w/rd%'],
    ['p@ss:word', 'p@ss:word'],
    ['p%C3%A4ssw%C3%B6rd', 'pässwörd'],
    ['密码🔑', '密码🔑'],
    ['a+b c', 'a+b c'],
    ["';DROP", "';DROP"],
  ])('reads the password %s', (written, password) => {
    expect(parseSourceUrl(`postgresql://reader:${written}@db/shop`)).toMatchObject({
      username: 'reader',
      password,
      host: 'db',
    });
  });

  it('decodes users and databases', () => {
    expect(parseSourceUrl('postgresql://user%40corp:x@db/%E5%BA%97%20a')).toMatchObject({
      username: 'user@corp',
      database: '店 a',
    });
  });

  it.each([
    ['[::1]', '::1'],
    ['[2001:db8::5]', '2001:db8::5'],
    ['LOCALHOST.', 'localhost'],
    ['数据库.cn', 'xn--dxty1ibyb.cn'],
    ['2852039166', '169.254.169.254'],
    ['0xa9fea9fe', '169.254.169.254'],
    ['my_db', 'my_db'],
    ['%2Ftmp%2Fsocket%20dir', '/tmp/socket dir'],
  ])('reads the host %s as %s', (written, host) => {
    expect(parseSourceUrl(`postgresql://u:p@${written}:1/d`)).toMatchObject({ host, port: 1 });
  });

  it('reads a socket directory from the parameter host', () => {
    expect(parseSourceUrl('postgresql://u:p@/d?host=/tmp/x')).toMatchObject({ host: '/tmp/x', database: 'd' });
  });

  it.each([
    ['disable', 'disable'],
    ['allow', undefined],
    ['prefer', undefined],
    ['verify-ca', 'verify-ca'],
    ['verify-full', 'verify-full'],
  ])('reads sslmode=%s as %s', (mode, ssl) => {
    expect(parseSourceUrl(`postgresql://u:p@h/d?sslmode=${mode}`).ssl).toBe(ssl);
  });

  it.each([
    ['mysql://u:sEcret@h/d', 'must begin with postgresql://'],
    ['u:sEcret@h/d', 'must begin with postgresql://'],
    ['postgresql://u:sEcret@h', 'names no database'],
    ['postgresql://u:sEcret@h/', 'names no database'],
    ['postgresql://:sEcret@h/d', 'names no user'],
    ['postgresql://h/d', 'names no user'],
    ['postgresql://u:sEcret@/d', 'names no host'],
    ['postgresql://u:sEcret@h:0/d', 'port'],
    ['postgresql://u:sEcret@h:65536/d', 'port'],
    ['postgresql://u:sEcret@h:5432x/d', 'port'],
    ['postgresql://u:sE%cret@h/d', 'plain % is written %25'],
    ['postgresql://u:sE%00cret@h/d', 'control character'],
    ['postgresql://u:sEcret@h\n/d', 'control character'],
    ['postgresql://u:sEcret@h/d?sslmode=maybe', 'unknown sslmode'],
    ['postgresql://u:sEcret@h/d?sslrootcert=/etc/x', '"sslrootcert"'],
    ['postgresql://u:sEcret@h/d?options=-c%20role%3Dx', '"options"'],
    ['postgresql://u:sEcret@a,b/d', 'several hosts'],
    ['postgresql://u:sEcret@h/d?host=/tmp', 'host twice'],
    ['postgresql://u:sEcret@[::x]/d', 'no IPv6 address'],
    ['postgresql://u:sEcret@a b/d', 'no valid host'],
    ['postgresql://u:sE/cret@h/d', '%2F'],
    ['postgresql://u:sE#cret@h/d', '%23'],
    ['postgresql://u:sE?cret@h/d', ''],
    ['', 'must begin'],
  ])('refuses %s without repeating its password', (url, problem) => {
    const error = failure(() => parseSourceUrl(url));

    expect(error).toMatchObject({ kind: 'invalid', code: 'invalid-request' });
    expect(error.message).toContain(problem);
    expect(JSON.stringify([error.message, error.facts])).not.toMatch(/sEcret|cret/);
  });
});

function failure(run: () => unknown): DomainError {
  try {
    run();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}
