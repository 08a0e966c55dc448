/** Opening the content of files that were scanned, and of nothing else. */
import { constants } from 'node:fs';
import { type ByteString, HoldfastError, toDisplayText } from '../base/index.ts';
import { FileLook, fileTypes, host, pathOnly } from '../host/index.ts';
import type { LiveRows } from './live-rows.ts';
import { reachDirectory } from './open-path.ts';

const { O_RDONLY, O_NONBLOCK, O_NOCTTY = 0 } = constants as typeof constants & { O_NOCTTY?: number };

/** @throws HOST_REFUSED, with ESTALE when something else is there by now */
export function openScanned(root: number, rows: LiveRows, row: number): number {
  using files = new ScannedFiles(root, rows);
  return files.open(row);
}

/** Opens one file after the other; files of one directory are cheaper one behind the other. */
export class ScannedFiles implements Disposable {
  readonly #root: number;
  readonly #rows: LiveRows;
  #directory: { readonly row: number; readonly handle: number } | undefined;

  constructor(root: number, rows: LiveRows) {
    this.#root = root;
    this.#rows = rows;
  }

  /**
   * First a handle that opens nothing, then a look at it, then that very inode: so no device is ever opened, whatever
   * somebody puts in the way meanwhile.
   */
  open(row: number): number {
    const directory = this.#enter(this.#rows.parent(row));
    const name = this.#rows.table.name(row);
    const handle = host.open(directory, name, pathOnly);
    try {
      if (!isUnchanged(handle, this.#rows, row)) throw stale(name);
      return host.reopen(handle, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    } finally {
      host.close(handle);
    }
  }

  [Symbol.dispose](): void {
    if (this.#directory) host.close(this.#directory.handle);
    this.#directory = undefined;
  }

  #enter(row: number): number {
    if (this.#directory?.row === row) return this.#directory.handle;
    this[Symbol.dispose]();
    const handle = reachDirectory(this.#root, this.#rows.path(row));
    this.#directory = { row, handle };
    return handle;
  }
}

const found = new FileLook();

/** Whether an open file is the one of a row, and nobody has written to it since it was scanned. @throws HOST_REFUSED */
export function isUnchanged(file: number, rows: LiveRows, row: number): boolean {
  host.lookAt(file, found);
  const { inodeLow, inodeHigh, ctimeSeconds, ctimeNanoseconds, table } = rows.columns;
  const [major, minor] = rows.device(row);
  return (
    (found.mode & fileTypes.mask) === fileTypes.file &&
    found.inodeLow === inodeLow[row] &&
    found.inodeHigh === inodeHigh[row] &&
    found.deviceMajor === major &&
    found.deviceMinor === minor &&
    found.size === table.size[row] &&
    found.mtimeSeconds === table.seconds[row] &&
    found.mtimeNanoseconds === table.nanoseconds[row] &&
    found.ctimeSeconds === ctimeSeconds[row] &&
    found.ctimeNanoseconds === ctimeNanoseconds[row]
  );
}

function stale(name: ByteString): HoldfastError {
  return new HoldfastError('HOST_REFUSED', { operation: 'open', path: toDisplayText(name), errno: 'ESTALE' });
}
