import fs from 'node:fs';
import type { ContainerDescription } from '../daemon/index.ts';

/**
 * The root of a container as its first process sees it, where that process is one of this machine. An engine may well be
 * somewhere else, behind a forwarded socket or in a virtual machine, and then the number is that of another process here: so
 * the kernel has to name the container in what it says of this one. Owners are those of the container only where its ids are
 * those of this process.
 */
export function liveRoot({ id, pid, upperDirectory }: ContainerDescription): string | undefined {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0 || pid === 0) return undefined;
  try {
    const read = (name: string): string => fs.readFileSync(`/proc/${pid}/${name}`, 'latin1');
    const said = [read('cgroup'), read('mountinfo')];
    const upper = upperDirectory && `upperdir=${upperDirectory},`;
    const isIt = said.some((text) => text.includes(id) || (upper !== undefined && text.includes(upper)));
    const root = `/proc/${pid}/root/`;
    return isIt && hasOurIds(read) && fs.statSync(root).isDirectory() ? root : undefined;
  } catch {
    return undefined;
  }
}

function hasOurIds(read: (name: string) => string): boolean {
  return ['uid_map', 'gid_map'].every((name) => read(name) === fs.readFileSync(`/proc/self/${name}`, 'latin1'));
}
