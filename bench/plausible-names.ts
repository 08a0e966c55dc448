/** Names as a package manager leaves them: the same for the same numbers. */
import type { UstarEntry } from './ustar.ts';

const folders = ['', 'lib', 'lib/internal', 'src', 'test', 'dist', 'dist/esm', 'docs'];
const words = [
  'index',
  'parser',
  'stream',
  'buffer',
  'options',
  'error-codes',
  'with-cache',
  'README',
  'types',
  'legacy',
];
const endings = ['.js', '.d.ts', '.js.map', '.json', '.md'];

export interface PackageRun {
  /** Counted from 0. */
  readonly layer: number;
  readonly firstPackage: number;
  /** How many entries. */
  readonly count: number;
}

/** Entries in one package. */
export const packageSize = 128;

/**
 * The entries of one layer: packages of 8 directories, 118 files, a symlink and a hard link. Where packages of two
 * layers overlap, the upper one replaces the files; every eighth package of an upper layer removes a folder first.
 */
export function* plausibleEntries({ layer, firstPackage, count }: PackageRun): Generator<UstarEntry> {
  for (let number = 0; number < count; number += 1) {
    yield packageEntry(layer, firstPackage + Math.floor(number / packageSize), number % packageSize);
  }
}

function packageEntry(layer: number, number: number, place: number): UstarEntry {
  const root = `usr/lib/node_modules/@scope-${number % 97}/package-${number}`;
  if (place === 0) return { name: `${root}/`, type: 'directory' };
  if (place < folders.length) return { name: `${root}/${folders[place]}/`, type: 'directory' };
  if (place === 8 && layer > 0 && number % 8 === 0) return { name: `${root}/.wh.docs`, type: 'file' };
  const name = fileName(root, place);
  if (place === 126) return { name: `${root}/current`, type: 'symlink', linkName: 'dist/esm/index-9.js' };
  if (place === 127) return { name, type: 'hardlink', linkName: fileName(root, 20) };
  return { name, type: 'file', size: (place * 37 + number) % 500 };
}

function fileName(root: string, place: number): string {
  const folder = folders[place % folders.length] ?? '';
  const word = words[place % words.length];
  return `${root}/${folder === '' ? '' : `${folder}/`}${word}-${place}${endings[place % endings.length]}`;
}
