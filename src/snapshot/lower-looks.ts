/** What the lower directory of an overlay shows of a base that it could not hold exactly. */
import fs from 'node:fs';
import { type ByteString, fromJsonText, toBytes } from '../base/index.ts';
import { host, type IdMap, mapId } from '../host/index.ts';
import type { Place } from '../overlay/index.ts';
import type { Inode } from '../tree/index.ts';

const { O_RDONLY, O_DIRECTORY } = fs.constants;

export class LowerLooks implements Disposable {
  readonly #root: number;
  readonly #maps: { readonly uidMap: IdMap; readonly gidMap: IdMap };

  constructor(lower: string, maps: { readonly uidMap: IdMap; readonly gidMap: IdMap }) {
    this.#root = fs.openSync(toBytes(fromJsonText(lower)), O_RDONLY | O_DIRECTORY);
    this.#maps = maps;
  }

  /** Whether not all attributes of an inode are on disk as the image has them. */
  isLossy({ path, inode }: Place): boolean {
    const names = path.split('/') as ByteString[];
    const name = names.pop() ?? path;
    const handles: number[] = [];
    try {
      for (const above of names) handles.push(host.open(handles.at(-1) ?? this.#root, above, O_RDONLY | O_DIRECTORY));
      return this.#isOther(handles.at(-1) ?? this.#root, name, inode);
    } catch {
      // It could not be placed at all, or may not be looked at.
      return true;
    } finally {
      for (const handle of handles) host.close(handle);
    }
  }

  [Symbol.dispose](): void {
    host.close(this.#root);
  }

  #isOther(directory: number, name: ByteString, inode: Inode): boolean {
    const { uidMap, gidMap } = this.#maps;
    const found = name === '' ? host.identifyOpen(directory) : host.identify(directory, name);
    if (found.uid !== mapId(uidMap, inode.uid) || found.gid !== mapId(gidMap, inode.gid)) return true;
    if (inode.kind !== 'symlink' && found.mode !== inode.mode) return true;
    const listed = name === '' ? host.listXattrsOf(directory) : host.listXattrs(directory, name);
    return inode.xattrs?.keys().some((xattr) => !listed.includes(xattr)) === true;
  }
}
