/** What of koffi has to be beside a program that is to run somewhere else. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export interface PackagedFile {
  /** Below `node_modules`. */
  readonly name: string;
  readonly file: string;
}

const koffiParts = ['package.json', 'index.cjs', 'LICENSE.txt'];

/** The files of koffi for this machine's processor, glibc and musl; none where it is not installed. */
export function koffiFiles(): readonly PackagedFile[] {
  try {
    const entry = createRequire(import.meta.url).resolve('koffi');
    const koffi = path.dirname(entry);
    const native = `@koromix/koffi-${process.platform}-${process.arch}`;
    const prebuilt = path.dirname(createRequire(entry).resolve(`${native}/package.json`));
    const scripts = filesBelow(path.join(koffi, 'src')).filter((part) => part.endsWith('.cjs'));
    return [
      ...[...koffiParts, ...scripts.map((part) => `src/${part}`)].map((part) => ({
        name: `koffi/${part}`,
        file: path.join(koffi, part),
      })),
      ...filesBelow(prebuilt).map((part) => ({ name: `${native}/${part}`, file: path.join(prebuilt, part) })),
    ].filter(({ file }) => fs.existsSync(file));
  } catch {
    return [];
  }
}

function filesBelow(directory: string): string[] {
  const entries = fs.readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .sort();
}
