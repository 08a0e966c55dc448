import { escapeText } from '../base/index.ts';
import type { Fault, FaultFacts } from '../verify/index.ts';
import { formatBytes } from './text.ts';

/** One fault for a person, such as `etc/passwd  0644 -> 0600`. */
export function faultText(fault: Fault): string {
  const { paths, expected, found } = fault;
  const names = shownSet(paths);
  const more = detail(fault, expected ?? {}, found ?? {});
  return more === '' ? names : `${names}  ${more}`;
}

function detail({ kind }: Fault, expected: FaultFacts, found: FaultFacts): string {
  switch (kind) {
    case 'links-missing':
      return `gone from ${shownSets(expected.links)}`;
    case 'links-split':
      return `now ${shownSets(found.links)}`;
    case 'links-merged':
      return `should be ${shownSets(expected.links)}`;
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

/** A file may have thousands of names. */
const shownNames = 8;

function shownSet(paths: readonly string[]): string {
  const shown = paths.slice(0, shownNames).map(escapeText).join(' = ');
  return paths.length > shownNames ? `${shown} and ${paths.length - shownNames} more` : shown;
}

function shownSets(sets: FaultFacts['links'] = []): string {
  const shown = sets.slice(0, shownNames).map(shownSet).join('; ');
  return sets.length > shownNames ? `${shown} and ${sets.length - shownNames} more` : shown;
}

function sizeOf({ size = 0 }: FaultFacts): string {
  return formatBytes(size);
}

function fact({ kind, mode, uid, gid, mtime, linkTarget, device }: FaultFacts): string {
  const owner = uid === undefined ? undefined : `${uid}:${gid}`;
  const link = linkTarget === undefined ? undefined : escapeText(linkTarget);
  return mode ?? owner ?? mtime ?? link ?? device ?? kind ?? '';
}
