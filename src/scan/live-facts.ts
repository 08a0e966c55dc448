/** What this process can know of a live file system. */
import fs from 'node:fs';
import type { ByteString } from '../base/index.ts';
import { host, isHostXattr } from '../host/index.ts';
import type { KnownFacts } from '../tree/index.ts';

/** What a scan could see. What it could not is not to be compared. */
export interface LiveFacts extends KnownFacts {
  /** False in the degraded mode: a mount of the same file system elsewhere, or over a file, then looks like any other name. */
  readonly bindMounts: boolean;
}

/**
 * Linux gives every link the same mode. Xattrs of the host's own policy say nothing about an image, and `trusted.*` is
 * shown to CAP_SYS_ADMIN of the first user namespace only.
 */
export function liveFacts({ hostXattrs }: { readonly hostXattrs: boolean }): LiveFacts {
  const isNative = host.isNative;
  const seesTrusted = isNative && isSystemAdministrator();
  const isKnown = (name: ByteString): boolean =>
    (hostXattrs || !isHostXattr(name)) && (seesTrusted || !name.startsWith('trusted.'));
  return {
    content: true,
    size: true,
    mode: true,
    symlinkMode: false,
    owner: true,
    mtime: true,
    nanoseconds: true,
    xattrs: isNative && isKnown,
    device: true,
    bindMounts: isNative,
  };
}

const capSysAdmin = 21n;
const allIds = /^\s*0\s+0\s+4294967295\s*$/;

function isSystemAdministrator(): boolean {
  try {
    const status = fs.readFileSync('/proc/self/status', 'latin1');
    const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
    const hasCapability = ((BigInt(`0x${effective}`) >> capSysAdmin) & 1n) === 1n;
    return hasCapability && allIds.test(fs.readFileSync('/proc/self/uid_map', 'latin1'));
  } catch {
    return false;
  }
}
