/** Which mount a file was reached through. */
import fs from 'node:fs';

/**
 * Whether two open files were reached through one mount. Links cannot cross from one to another, although both may show the
 * same file system. False where the system does not tell.
 */
export function isSameMount(one: number, other: number): boolean {
  const [first, second] = [mountOf(one), mountOf(other)];
  return first !== undefined && first === second;
}

/** proc_pid_fdinfo(5) */
function mountOf(file: number): string | undefined {
  try {
    return /^mnt_id:\s*(\d+)$/m.exec(fs.readFileSync(`/proc/self/fdinfo/${file}`, 'latin1'))?.[1];
  } catch {
    return undefined;
  }
}
