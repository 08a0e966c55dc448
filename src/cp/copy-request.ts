/** What was asked for, as the tree algebra takes it. */
import { type ByteString, fromJsonText, HoldfastError } from '../base/index.ts';
import { type CopyRequest, ignoreList, parseModeChange } from '../tree/index.ts';
import type { CopyPathsOptions } from './copy-options.ts';
import { parseOwner, type WantedOwner } from './owner.ts';

/** All but the tree that is copied from, and the ids that the names of the owner stand for. */
export interface ParsedCopyRequest extends Omit<CopyRequest, 'from' | 'owner'> {
  readonly wantedOwner: WantedOwner | undefined;
}

/** @throws USAGE for a mode, an owner, or paths that are none */
export function parseCopyRequest(options: CopyPathsOptions): ParsedCopyRequest {
  const { sources, dest, exclude = [], chown, chmod, onConflict, clear, parents, limits } = options;
  if (sources.length === 0) throw new HoldfastError('USAGE', { message: 'there is nothing to copy' });
  const isExcluded = exclude.length === 0 ? undefined : ignoreList(exclude).ignores;
  return {
    sources: sources.map(parsePath),
    dest: parsePath(dest),
    wantedOwner: chown === undefined ? undefined : parseOwner(chown),
    mode: chmod === undefined ? undefined : parseModeChange(chmod),
    isExcluded: isExcluded && ((path) => isExcluded(path)),
    onConflict,
    clear,
    parents,
    limits,
  };
}

function parsePath(text: string): ByteString {
  if (!text.includes('\0')) return fromJsonText(text);
  throw new HoldfastError('USAGE', { message: `${JSON.stringify(text)} is no path: it has a NUL` });
}
