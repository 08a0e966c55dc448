/** NO_PROXY, read as Go reads it, so that what works for docker and skopeo works here. */
import { BlockList, isIP, isIPv4 } from 'node:net';

/** Whether a host is to be reached without a proxy. `hostname` as URL gives it; the port is never empty. */
export type Bypass = (hostname: string, port: string) => boolean;

/**
 * Entries are separated by commas or white space: `host` (and what is below it), `.host` and `*.host` (only what is
 * below it), an IP address, a CIDR prefix, or `*`; all but the last two may have a `:port`. This machine itself is never
 * reached through a proxy.
 */
export function readNoProxy(text: string): Bypass {
  const entries = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  const rules = entries.includes('*') ? [() => true] : entries.map(readEntry);
  return (hostname, port) => {
    const host = withoutBrackets(hostname);
    return isThisMachine(host) || rules.some((rule) => rule(host, port));
  };
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isThisMachine(host: string): boolean {
  return host === 'localhost' || inList(loopback, host);
}

function readEntry(entry: string): Bypass {
  const prefix = /^([^/]+)\/(\d{1,3})$/.exec(entry);
  if (prefix) return inNetwork(prefix[1] ?? '', Number(prefix[2]));
  const { host, port } = splitPort(entry);
  if (isIP(host) !== 0) return inNetwork(host, isIPv4(host) ? 32 : 128, port);
  return belowDomain(host, port);
}

function inNetwork(network: string, bits: number, port = ''): Bypass {
  const family = isIP(network);
  if (family === 0 || bits > (family === 4 ? 32 : 128)) return () => false;
  const list = new BlockList();
  list.addSubnet(network, bits, family === 4 ? 'ipv4' : 'ipv6');
  return (host, hostPort) => (port === '' || port === hostPort) && inList(list, host);
}

function belowDomain(entry: string, port: string): Bypass {
  const domain = entry.startsWith('*.') ? entry.slice(1) : entry;
  if (domain === '' || domain === '.') return () => false;
  const suffix = domain.startsWith('.') ? domain : `.${domain}`;
  return (host, hostPort) =>
    (port === '' || port === hostPort) && (host === domain || (isIP(host) === 0 && host.endsWith(suffix)));
}

function splitPort(entry: string): { readonly host: string; readonly port: string } {
  const parts = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(entry);
  return parts
    ? { host: withoutBrackets(parts[1] ?? ''), port: parts[2] ?? '' }
    : { host: withoutBrackets(entry), port: '' };
}

function inList(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
