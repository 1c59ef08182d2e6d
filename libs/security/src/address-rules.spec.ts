import { addressKind, canonicalHost, isMetadataHost } from './address-rules';

describe('addressKind', () => {
  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '169.254.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '224.0.0.1',
    '239.255.255.255',
    '255.255.255.255',
    '240.0.0.1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'ff02::1',
    'fd00:ec2::254',
    'fd00:0ec2:0:0::254',
    'fd20:ce::254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '0:0:0:0:0:ffff:a9fe:a9fe',
    '::169.254.169.254',
    '::ffff:0:169.254.169.254',
    '64:ff9b::169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '::ffff:0.0.0.0',
    'db.example.com',
    '',
  ])('forbids %s', (address) => {
    expect(addressKind(address)).toBe('forbidden');
  });

  it.each(['127.0.0.1', '127.255.0.1', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1'])(
    'knows %s as loopback',
    (address) => {
      expect(addressKind(address)).toBe('loopback');
    },
  );

  it.each([
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '198.18.0.1',
    'fc00::1',
    'fd12:3456::1',
    'fec0::1',
    '::ffff:10.0.0.1',
    '2002:0a00:0001::',
  ])('knows %s as private', (address) => {
    expect(addressKind(address)).toBe('private');
  });

  it.each([
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '169.253.1.1',
    '192.0.2.1',
    '2606:4700::1111',
    '2002:0808:0808::1',
    '::ffff:8.8.8.8',
  ])('knows %s as public', (address) => {
    expect(addressKind(address)).toBe('public');
  });
});

describe('canonicalHost', () => {
  it.each([
    ['2852039166', '169.254.169.254'],
    ['0xA9FEA9FE', '169.254.169.254'],
    ['0251.0376.0251.0376', '169.254.169.254'],
    ['169.254.43518', '169.254.169.254'],
    ['１６９。254．169.254', '169.254.169.254'],
    ['127.1', '127.0.0.1'],
    ['DB.Example.COM.', 'db.example.com'],
    ['fe80::1', 'fe80::1'],
  ])('reads %s as %s', (written, host) => {
    expect(canonicalHost(written)).toBe(host);
  });

  it.each(['', '.', 'a..b', 'a b', 'a/b', 'a\0b', '1.2.3.4.5.', 'x'.repeat(300), '999.1.1.1'])(
    'refuses %j',
    (written) => {
      expect(canonicalHost(written)).toBeUndefined();
    },
  );
});

describe('isMetadataHost', () => {
  it.each(['metadata.google.internal', 'Metadata.Google.Internal.', 'metadata', 'instance-data.ec2.internal'])(
    'knows %s',
    (host) => {
      expect(isMetadataHost(host)).toBe(true);
    },
  );

  it.each(['metadata.example.com', 'db', 'my-metadata'])('lets %s pass', (host) => {
    expect(isMetadataHost(host)).toBe(false);
  });
});
