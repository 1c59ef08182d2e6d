import { guardedLookup, urlFault } from './outgoing-address';

const anywhere = { allowPrivate: true };

describe('urlFault', () => {
  it.each([
    'https://hooks.example.com/a?b=c',
    'http://127.0.0.1:8080/',
    'http://10.0.0.1/x',
    'https://[2606:4700::1111]/',
  ])('lets %s be tried', (url) => {
    expect(urlFault(url, anywhere)).toBeUndefined();
  });

  it.each([
    ['', 'a URL'],
    ['hooks', 'a URL'],
    ['ftp://example.com/', 'https://'],
    ['https://user:pw@example.com/', 'password'],
    ['https://example.com/#x', 'fragment'],
    ['http://169.254.169.254/latest', 'link-local'],
    ['http://2852039166/', 'link-local'],
    ['http://[::ffff:169.254.169.254]/', 'link-local'],
    ['http://[fe80::1]/', 'link-local'],
    ['http://metadata.google.internal/', 'metadata'],
    [`https://example.com/${'x'.repeat(2000)}`, '2000'],
  ])('refuses %s', (url, why) => {
    expect(urlFault(url, anywhere)).toContain(why);
  });

  it.each(['http://127.0.0.1/', 'http://10.1.2.3/', 'http://[::1]/'])(
    'refuses %s where private addresses are not allowed',
    (url) => {
      expect(urlFault(url, { allowPrivate: false })).toContain('MEMORI_ALLOW_PRIVATE_DATA_SOURCES');
    },
  );
});

describe('guardedLookup', () => {
  const look = (addresses: string[], allowPrivate = true) =>
    new Promise((resolve) => {
      const resolver = () => Promise.resolve(addresses.map((address) => ({ address, family: 4 })));
      guardedLookup({ allowPrivate }, resolver)('hooks.example.com', { all: false }, (error, address) =>
        resolve(error?.message ?? address),
      );
    });

  it('connects to what it has checked', async () => {
    expect(await look(['93.184.216.34'])).toBe('93.184.216.34');
  });

  it('refuses a name when any of its addresses is refused', async () => {
    expect(await look(['93.184.216.34', '169.254.169.254'])).toContain('link-local');
    expect(await look(['10.0.0.1'], false)).toContain('private');
    expect(await look([])).toBe('no address');
  });
});
