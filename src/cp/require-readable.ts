/** What a copy would lack without saying so. */
import { type ByteString, HoldfastError, type Note, toDisplayText } from '../base/index.ts';
import { findSources } from '../tree/index.ts';
import type { ParsedCopyRequest } from './copy-request.ts';
import type { SourceTree } from './source-tree.ts';

/**
 * Refuses to copy a part of a tree that was not seen whole; of a socket, which nothing can hold, there is a note.
 * @throws HOST_REFUSED, PATH_NOT_FOUND
 */
export function requireReadable(
  { tree, problems }: SourceTree,
  { sources, isExcluded }: ParsedCopyRequest,
  { reference, note }: { readonly reference: string; readonly note: (note: Note) => void },
): void {
  if (problems.length === 0) return;
  const found = sources.flatMap((pattern) => findSources(tree, pattern));
  for (const problem of problems) {
    const path = toDisplayText(problem.path);
    const isCopied = found.some((source) => {
      const relative = relativeTo(source.path, problem.path);
      return relative !== undefined && !(relative !== '' && isExcluded?.(relative, source.inode));
    });
    if (!isCopied || (problem.kind === 'mount' && problem.isCrossed)) continue;
    if (problem.kind === 'socket') {
      note({ code: 'SOCKET_LEFT_OUT', detail: path });
      continue;
    }
    const errno = problem.kind === 'unreadable' ? problem.errno : problem.kind === 'mount' ? 'EXDEV' : 'ESTALE';
    throw new HoldfastError('HOST_REFUSED', { operation: 'read', path: `${reference}/${path}`, errno });
  }
}

/** Undefined for a path that is neither `above` nor below it. */
function relativeTo(above: ByteString, path: ByteString): ByteString | undefined {
  if (above === '') return path;
  if (path === above) return '' as ByteString;
  return path.startsWith(`${above}/`) ? (path.slice(above.length + 1) as ByteString) : undefined;
}
