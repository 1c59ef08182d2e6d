import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** What an address is to a server that connects wherever its users say. */
export type AddressKind = 'public' | 'private' | 'loopback' | 'forbidden';

/** Never a database, always a danger: metadata services, link-local, multicast, unspecified, reserved. */
const FORBIDDEN = blockList([
  '0.0.0.0/8',
  '100.100.100.200/32', // metadata of Alibaba Cloud
  '168.63.129.16/32', // host agent of Azure
  '169.254.0.0/16', // link-local, with the metadata of most clouds
  '192.0.0.192/32', // metadata of Oracle Cloud
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  'fd00:ec2::254/128', // metadata of AWS
  'fd20:ce::254/128', // metadata of Google Cloud
  'fe80::/10',
  'ff00::/8',
]);

const LOOPBACK = blockList(['127.0.0.0/8', '::1/128']);

const PRIVATE = blockList([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  'fc00::/7',
  'fec0::/10',
]);

/** Names of metadata services. Their addresses are refused too; the names answer sooner and more clearly. */
const METADATA_HOSTS =
  /^(metadata(\.google\.internal|\.azure\.internal|\.goog|\.tencentyun\.com|)|instance-data(\.ec2\.internal)?)$/;

export function isMetadataHost(host: string): boolean {
  return METADATA_HOSTS.test(host.toLowerCase().replace(/\.+$/, ''));
}

/** The kind of an IP address. IPv6 forms that carry an IPv4 address are what that address is. */
export function addressKind(address: string): AddressKind {
  const plain = address.split('%')[0] ?? '';
  const family = isIP(plain);
  if (family === 0) return 'forbidden';
  const type = family === 4 ? 'ipv4' : 'ipv6';
  if (FORBIDDEN.check(plain, type)) return 'forbidden';
  if (LOOPBACK.check(plain, type)) return 'loopback';
  const inner = family === 6 ? embeddedIpv4(plain) : undefined;
  if (inner !== undefined) return addressKind(inner);
  return PRIVATE.check(plain, type) ? 'private' : 'public';
}

/**
 * The host as the system would read it: `2852039166`, `0xa9fea9fe` and `0251.0376.0251.0376` are all 169.254.169.254,
 * full-width digits and letters are their ASCII ones. Undefined when it is no host at all.
 */
export function canonicalHost(host: string): string | undefined {
  if (isIP(host) !== 0) return host;
  // domainToASCII reads a URL's host and drops what follows these.
  if (/[/\\?#@:%[\]\s\p{Cc}]/u.test(host)) return undefined;
  const ascii = domainToASCII(host).replace(/\.$/, '');
  // Underscores are no letters of DNS, but Docker and Kubernetes users have them.
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(ascii) && ascii.length <= 253 ? ascii : undefined;
}

/** The IPv4 address inside mapped, compatible, NAT64 and 6to4 addresses. */
function embeddedIpv4(address: string): string | undefined {
  const groups = ipv6Groups(address);
  const lead = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(':');
  const carriesLast =
    ['0:0:0:0:0:ffff', '0:0:0:0:0:0', '0:0:0:0:ffff:0', '64:ff9b:0:0:0:0'].includes(lead) ||
    lead.startsWith('64:ff9b:1:');
  if (carriesLast) return dotted(groups[6], groups[7]);
  return groups[0] === 0x2002 ? dotted(groups[1], groups[2]) : undefined;
}

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function ipv6Groups(address: string): number[] {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a, b, c, d] = parts.slice(0, 4).map(Number) as [number, number, number, number];
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = '', tail] = hex.split('::');
  const left = numbers(head);
  const right = numbers(tail ?? '');
  return [...left, ...new Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0), ...right];
}

function numbers(part: string): number[] {
  return part === '' ? [] : part.split(':').map((group) => parseInt(group, 16));
}

function blockList(subnets: string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', bits] = subnet.split('/');
    list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}
