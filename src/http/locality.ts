/** How far away the host of a URL is, as far as its text says. Names are not looked up. */
import { BlockList, isIPv4 } from 'node:net';

/** From far to near. What is nearer than the host that names it is not to be trusted. */
const localities = ['public', 'private', 'link-local', 'loopback'] as const;

export type Locality = (typeof localities)[number];

const networks: readonly (readonly [Locality, BlockList])[] = [
  // The unspecified address leads to this machine too.
  ['loopback', listOf('127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128')],
  // 169.254.169.254 and fe80:: are where clouds keep the credentials of a machine; 100.100.100.200 is in the next list.
  ['link-local', listOf('169.254.0.0/16', 'fe80::/10')],
  [
    'private',
    listOf(
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '100.64.0.0/10',
      '192.0.0.0/24',
      '198.18.0.0/15',
      '224.0.0.0/3',
      'fc00::/7',
      'fec0::/10',
      'ff00::/8',
    ),
  ],
];

/** @param hostname as URL gives it: lower case, IPv4 in dotted form, IPv6 in brackets */
export function localityOf(hostname: string): Locality {
  const name = withoutDot(hostname);
  if (name === 'localhost' || name.endsWith('.localhost')) return 'loopback';
  if (isIPv4(name)) return localityOfAddress(name, 'ipv4');
  if (!name.startsWith('[')) return 'public';
  const address = name.slice(1, -1);
  const embedded = embeddedIPv4(address);
  const own = localityOfAddress(address, 'ipv6');
  return embedded === undefined || own !== 'public' ? own : localityOfAddress(embedded, 'ipv4');
}

/** Whether a host is nearer than another: a public registry may not send anybody to a private address. */
export function isNearer(hostname: string, than: string): boolean {
  return localities.indexOf(localityOf(hostname)) > localities.indexOf(localityOf(than));
}

/** `localhost`, 127.0.0.0/8 and `[::1]`: they may speak http without being asked to. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function withoutDot(hostname: string): string {
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}

function localityOfAddress(address: string, family: 'ipv4' | 'ipv6'): Locality {
  return networks.find(([, list]) => list.check(address, family))?.[0] ?? 'public';
}

/** The IPv4 address inside an IPv4-mapped, IPv4-compatible, NAT64 (RFC 6052) or 6to4 (RFC 3056) one. */
function embeddedIPv4(address: string): string | undefined {
  const words = wordsOf(address);
  const dotted = (high = 0, low = 0): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  if (words[0] === 0x2002) return dotted(words[1], words[2]);
  const prefix = words.slice(0, 6).join();
  const known = ['0,0,0,0,0,0', '0,0,0,0,0,65535', '0,0,0,0,65535,0', '100,65435,0,0,0,0'];
  return known.includes(prefix) ? dotted(words[6], words[7]) : undefined;
}

/** The eight words of an address in the form that URL gives: no dotted part, at most one `::`. */
function wordsOf(address: string): readonly number[] {
  const [head = '', tail] = address.split('::');
  const read = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  if (tail === undefined) return read(head);
  const [front, back] = [read(head), read(tail)];
  return [...front, ...Array<number>(Math.max(0, 8 - front.length - back.length)).fill(0), ...back];
}

function listOf(...prefixes: string[]): BlockList {
  const list = new BlockList();
  for (const prefix of prefixes) {
    const [network = '', bits] = prefix.split('/');
    list.addSubnet(network, Number(bits), isIPv4(network) ? 'ipv4' : 'ipv6');
  }
  return list;
}
