/** What is mounted where, by the file mountinfo of Linux. */
import type { ByteString } from '../base/index.ts';

/**
 * The places below a directory where something is mounted, as paths relative to it. Lines that make no sense are left out.
 * @param root absolute, as the file says it
 */
export function mountPointsBelow(root: ByteString, mountInfo: ByteString): ByteString[] {
  const start = root === '/' ? root : `${root}/`;
  const points: ByteString[] = [];
  for (const line of mountInfo.split('\n')) {
    const point = unescaped(line.split(' ', 5)[4] ?? '');
    if (point.startsWith(start) && point.length > start.length) points.push(point.slice(start.length) as ByteString);
  }
  return points;
}

/** Space, tab, newline and backslash stand there as three octal digits. */
function unescaped(field: string): string {
  return field.replaceAll(/\\([0-3][0-7]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
