/** What a copy would lack without saying so. */
import { type ByteString, HoldfastError, type Note, toDisplayText } from '../base/index.ts';
import type { ScanProblem } from '../scan/index.ts';
import { findSources, joinPath, parentPath } from '../tree/index.ts';
import type { ParsedCopyRequest } from './copy-request.ts';
import type { SourceTree } from './source-tree.ts';

type Unreadable = Extract<ScanProblem, { kind: 'unreadable' }>;

/**
 * Refuses to copy a part of a tree that was not seen whole, and to look for sources in such a one; of a socket, which nothing
 * can hold, there is a note.
 * @throws HOST_REFUSED, PATH_NOT_FOUND, LIMIT_EXCEEDED
 */
export function requireReadable(
  { tree, problems }: SourceTree,
  { sources, isExcluded, limits }: ParsedCopyRequest,
  { reference, note }: { readonly reference: string; readonly note: (note: Note) => void },
): void {
  if (problems.length === 0) return;
  const refuse = (path: ByteString, errno: string): never => {
    throw new HoldfastError('HOST_REFUSED', { operation: 'read', path: `${reference}/${toDisplayText(path)}`, errno });
  };
  const hidden = new HiddenNames(problems);
  const onSearched = (directory: ByteString, missing?: ByteString): void => {
    const problem = hidden.find(directory, missing);
    if (problem) refuse(problem.path, problem.errno);
  };
  const found = sources.flatMap((pattern) => findSources(tree, pattern, { limits, onSearched }));
  for (const problem of problems) {
    const isCopied = found.some((source) => {
      const relative = relativeTo(source.path, problem.path);
      return relative !== undefined && !(relative !== '' && isExcluded?.(relative, source.inode));
    });
    if (!isCopied || (problem.kind === 'mount' && problem.isCrossed)) continue;
    if (problem.kind === 'socket') note({ code: 'SOCKET_LEFT_OUT', detail: toDisplayText(problem.path) });
    else refuse(problem.path, problem.kind === 'unreadable' ? problem.errno : errnos[problem.kind]);
  }
}

const errnos = { mount: 'EXDEV', vanished: 'ESTALE', changed: 'ESTALE' } as const;

/** Names of which nobody knows whether they are there, or what. */
class HiddenNames {
  /** By directory: its names could not be read, or one of them not be looked at. */
  readonly #inside = new Map<ByteString, Unreadable>();
  readonly #names = new Map<ByteString, Unreadable>();

  constructor(problems: readonly ScanProblem[]) {
    for (const problem of problems) {
      if (problem.kind !== 'unreadable') continue;
      if (problem.what === 'names') this.#inside.set(problem.path, problem);
      if (problem.what !== 'inode') continue;
      this.#names.set(problem.path, problem);
      this.#inside.set(parentPath(problem.path), problem);
    }
  }

  /** What hides a name of a directory, or any of its names. */
  find(directory: ByteString, name: ByteString | undefined): Unreadable | undefined {
    const inside = this.#inside.get(directory);
    if (name === undefined || inside?.what === 'names') return inside;
    return this.#names.get(joinPath(directory, name));
  }
}

/** Undefined for a path that is neither `above` nor below it. */
function relativeTo(above: ByteString, path: ByteString): ByteString | undefined {
  if (above === '') return path;
  if (path === above) return '' as ByteString;
  return path.startsWith(`${above}/`) ? (path.slice(above.length + 1) as ByteString) : undefined;
}
