/** `tree`: lines as tree(1) draws them. */
import { escapeText } from '../base/index.ts';
import type { ListedEntry } from '../inspect/index.ts';
import { count } from './text.ts';

/** @param listed `top` itself, or everything below it, directories before their content */
export function* treeLines(top: string, listed: readonly ListedEntry[]): Generator<string> {
  yield escapeText(top);
  const entries = listed.filter(({ path }) => path !== top);
  const isLast = lastSiblings(entries);
  const topDepth = top === '.' ? 0 : depthOf(top);
  const bars: string[] = [];
  for (const [position, entry] of entries.entries()) {
    const depth = depthOf(entry.path) - topDepth - 1;
    bars.length = Math.max(depth, 0);
    const last = isLast[position] === true;
    const name = escapeText(entry.path.slice(entry.path.lastIndexOf('/') + 1));
    const link = entry.linkTarget === undefined ? '' : ` -> ${escapeText(entry.linkTarget)}`;
    yield `${bars.join('')}${last ? '└── ' : '├── '}${name}${link}`;
    bars.push(last ? '    ' : '│   ');
  }
  const directories = listed.filter(({ kind }) => kind === 'directory').length;
  yield '';
  yield `${count(directories, 'directory', 'directories')}, ${count(listed.length - directories, 'file')}`;
}

/** For each entry whether it is the last of its directory: the first one seen from behind. */
function lastSiblings(entries: readonly ListedEntry[]): boolean[] {
  const seen = new Set<string>();
  const isLast: boolean[] = [];
  for (let position = entries.length - 1; position >= 0; position--) {
    const path = entries[position]?.path ?? '';
    const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
    isLast[position] = !seen.has(parent);
    seen.add(parent);
  }
  return isLast;
}

function depthOf(path: string): number {
  return path.split('/').length;
}
