/** The files of a tar archive as byte ranges of it. Links are followed inside the archive and nowhere else. */
import { type ByteString, fromText, HoldfastError, quote } from '../base/index.ts';
import { type ArchiveMember, type ArchiveMembers, readMembers } from './archive-members.ts';
import type { FileTree } from './files.ts';
import type { OpenArchive } from './open-archive.ts';

const maxLinks = 40;

/** Takes the archive over and closes it with itself. @throws as {@link readMembers} */
export function openArchiveFiles(archive: OpenArchive): FileTree {
  const members = readMembers(archive, archive.name);
  return {
    name: archive.name,
    kind: 'archive',
    open: (path) => {
      const member = resolveMember(members, fromText(path), archive.name);
      if (member === undefined) return undefined;
      if (member.kind !== 'file') return { problem: member.kind === 'directory' ? 'is a directory' : 'is a device' };
      const offset = archive.offset + member.offset;
      return { fd: archive.fd, offset, size: member.size, [Symbol.dispose]: () => {} };
    },
    [Symbol.dispose]: () => archive[Symbol.dispose](),
  };
}

/**
 * The member a path leads to, through symbolic links (`docker save` writes them for layers that are there twice) and
 * hard links; undefined when it leads to nothing.
 *
 * @throws ARCHIVE_INVALID for a path or link that leads out of the archive, and for more than 40 links
 */
export function resolveMember(members: ArchiveMembers, path: ByteString, archive: string): ArchiveMember | undefined {
  const refuse = (reason: string): never => {
    throw new HoldfastError('ARCHIVE_INVALID', { file: archive, reason: `${quote(path)} ${reason}` });
  };
  if (path.startsWith('/')) return refuse('leads out of the archive');
  const pending = path.split('/').reverse();
  let done: string[] = [];
  let found: ArchiveMember | undefined;
  for (let links = 0, part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..' && done.length === 0) return refuse('leads out of the archive');
    if (part === '..') done.pop();
    else done.push(part);
    found = members.get(done.join('/'));
    if (found?.kind !== 'symlink' && found?.kind !== 'hardlink') continue;
    if (++links > maxLinks) return refuse('leads in a circle, or through more than 40 links');
    if (found.kind === 'symlink' && found.linkName.startsWith('/')) return refuse('leads out of the archive');
    done = found.kind === 'symlink' ? done.slice(0, -1) : [];
    pending.push(...found.linkName.split('/').reverse());
  }
  return found;
}
