import { escapeText } from '../base/index.ts';
import type { Fault, FaultFacts } from '../verify/index.ts';
import { formatBytes } from './text.ts';

/** One fault for a person, such as `etc/passwd  0644 -> 0600`. */
export function faultText(fault: Fault): string {
  const { paths, expected, found } = fault;
  const names = paths.map((path) => escapeText(path)).join(' = ');
  const more = detail(fault, expected ?? {}, found ?? {});
  return more === '' ? names : `${names}  ${more}`;
}

function detail({ kind }: Fault, expected: FaultFacts, found: FaultFacts): string {
  switch (kind) {
    case 'links-missing':
      return `gone from ${(expected.links ?? []).map(shownSet).join('; ')}`;
    case 'links-split':
      return `now ${(found.links ?? []).map(shownSet).join('; ')}`;
    case 'links-merged':
      return `should be ${(expected.links ?? []).map(shownSet).join('; ')}`;
    case 'content':
      return expected.size === found.size ? 'other bytes' : `${sizeOf(expected)} -> ${sizeOf(found)}`;
    case 'xattr':
      return [...new Set([...Object.keys(expected.xattrs ?? {}), ...Object.keys(found.xattrs ?? {})])]
        .map(escapeText)
        .join(', ');
    case 'missing':
      return expected.kind === 'file' || expected.kind === undefined ? '' : expected.kind;
    case 'extra':
      return found.kind === 'file' || found.kind === undefined ? '' : found.kind;
    default:
      return `${fact(expected)} -> ${fact(found)}`;
  }
}

function shownSet(paths: readonly string[]): string {
  return paths.map(escapeText).join(' = ');
}

function sizeOf({ size = 0 }: FaultFacts): string {
  return formatBytes(size);
}

function fact({ kind, mode, uid, gid, mtime, linkTarget, device }: FaultFacts): string {
  const owner = uid === undefined ? undefined : `${uid}:${gid}`;
  const link = linkTarget === undefined ? undefined : escapeText(linkTarget);
  return mode ?? owner ?? mtime ?? link ?? device ?? kind ?? '';
}
