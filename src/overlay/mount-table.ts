/** What is mounted where, as this process sees it (proc_pid_mountinfo(5)). */
import fs from 'node:fs';

export interface MountedOverlay {
  readonly upper: string | undefined;
  /** The options of the file system, one by one. */
  readonly options: readonly string[];
}

/**
 * What is mounted on a directory; undefined where nothing is.
 * @param directory absolute, links resolved
 */
export function overlayOn(directory: string): MountedOverlay | 'other' | undefined {
  const found = mountLines().findLast(([, , , , point]) => unescaped(point ?? '') === directory);
  if (found === undefined) return undefined;
  const dash = found.indexOf('-');
  const [type, , options = ''] = found.slice(dash + 1);
  if (type !== 'overlay') return 'other';
  const all = splitOptions(unescaped(options));
  const upper = all.find((option) => option.startsWith('upperdir='));
  return { upper: upper?.slice('upperdir='.length), options: all };
}

function mountLines(): string[][] {
  try {
    const table = fs.readFileSync('/proc/self/mountinfo', 'utf8');
    return table.split('\n').map((line) => line.split(' '));
  } catch {
    return [];
  }
}

/** Commas that a backslash stands before belong to a value. */
function splitOptions(options: string): string[] {
  const found = options.match(/(?:\\.|[^\\,])+/gs) ?? [];
  return found.map((option) => option.replaceAll(/\\(.)/gs, '$1'));
}

function unescaped(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
