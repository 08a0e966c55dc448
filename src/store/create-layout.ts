/** Makes a directory an OCI image layout, or finds that it is one (OCI image-spec, image-layout.md). */
import path from 'node:path';
import { HoldfastError, isHoldfastError } from '../base/index.ts';
import { asRefused, makeDirectories } from '../host/index.ts';
import { mediaTypes, parseLayoutFile } from '../oci/index.ts';
import { Directory, isNotAFile } from './directory.ts';
import { indexName, writeDurably } from './index-file.ts';
import { controlName, indexLock, Layout } from './layout.ts';
import { lockNow } from './lock.ts';
import { readSmall } from './read-small.ts';

export interface LayoutOptions {
  /** Make what is absent or empty a layout. */
  readonly create: boolean;
  /** Of directories that are made, before the umask; 0777 unless told otherwise. */
  readonly mode?: number;
}

const layoutName = 'oci-layout';

/**
 * Several processes may make the same one at once.
 * @throws STORE_INVALID for what is no layout and cannot become one, STORE_BUSY, HOST_REFUSED
 */
export function openLayout(directory: string, { create, mode = 0o777 }: LayoutOptions): Layout {
  if (create) makeDirectory(directory, mode);
  using stack = new DisposableStack();
  const layout = stack.use(openExisting(directory));
  if (!isComplete(layout.root, directory)) {
    if (!create) throw invalid(directory, 'it is not an OCI image layout');
    complete(layout, directory);
  }
  stack.move();
  return layout;
}

function openExisting(directory: string): Layout {
  try {
    return new Layout(directory);
  } catch (error) {
    const errno = isHoldfastError(error, 'HOST_REFUSED') ? error.data.errno : undefined;
    if (errno === 'ENOENT') throw invalid(directory, 'there is no such directory');
    if (errno === 'ENOTDIR') throw invalid(directory, 'it is not a directory');
    throw error;
  }
}

function makeDirectory(directory: string, mode: number): void {
  const resolved = path.resolve(directory);
  try {
    const first = makeDirectories(resolved, mode);
    if (first === undefined) return;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EEXIST' || error.code === 'ENOTDIR')) {
      throw invalid(directory, 'it is not a directory');
    }
    throw asRefused('mkdir', directory, error);
  }
  using parent = Directory.open(path.dirname(resolved));
  parent.sync();
}

/** The file `oci-layout` is written last: with it, there is everything. */
function complete(layout: Layout, directory: string): void {
  const { root } = layout;
  requireRoom(root, directory);
  const control = layout.control();
  using _lock = lockNow(control, indexLock);
  if (isComplete(root, directory)) return;
  layout.makeBlobs('sha256');
  const files = [
    [indexName, { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] }],
    [layoutName, { imageLayoutVersion: '1.0.0' }],
  ] as const;
  for (const [name, document] of files) {
    if (root.look(name) !== undefined) continue;
    writeDurably(control, `${name}.new`, Buffer.from(JSON.stringify(document)), 0o644);
    root.rename(control, `${name}.new`, name);
    root.sync();
  }
}

/** A layout has both files. @throws STORE_INVALID when `oci-layout` is something else */
function isComplete(root: Directory, directory: string): boolean {
  const found = root.find(layoutName);
  if (found === undefined) return false;
  if (isNotAFile(found)) throw invalid(directory, `${layoutName} ${found.problem}`);
  using file = found;
  try {
    parseLayoutFile(readSmall(file, `the file ${layoutName}`));
  } catch (error) {
    throw isHoldfastError(error, 'DOCUMENT_INVALID') ? invalid(directory, error.message) : error;
  }
  return root.look(indexName) !== undefined;
}

/**
 * What a process that was killed while it made a layout has left, counts as empty; so does an empty file system, and a
 * layout that lacks its index.
 */
function requireRoom(root: Directory, directory: string): void {
  const parts = [controlName, 'blobs', indexName, layoutName];
  const names = root.names().filter((name) => name !== 'lost+found');
  const isBegun = names.includes(controlName as never) || names.includes(layoutName as never);
  if (names.length === 0 || (isBegun && names.every((name) => parts.includes(name)))) return;
  throw invalid(directory, 'it is not empty, and not an OCI image layout');
}

function invalid(directory: string, reason: string): HoldfastError {
  return new HoldfastError('STORE_INVALID', { directory, reason });
}
