/** Resolving paths in a live directory, without scanning it. */
import { constants } from 'node:fs';
import type { ByteString } from '../base/index.ts';
import { errnoOf, FileLook, host, pathOnly } from '../host/index.ts';
import { type FoundName, type IgnoreList, resolveFilePaths } from '../tree/index.ts';
import { openRoot } from './open-root.ts';
import { kindOfMode } from './row-builder.ts';

const { O_DIRECTORY } = constants;

/**
 * What `resolveFilePaths` gives for the tree that stands in a directory, reading no more than the names on the way and
 * the texts of links. Links lead nowhere but inside the directory.
 * @throws IMAGE_NOT_FOUND when there is no such directory, HOST_REFUSED when the system does not tell what is on the way
 */
export function resolveLivePaths(
  directory: string,
  inputPaths: Iterable<ByteString>,
  ignored: readonly string[] | IgnoreList = [],
): ByteString[] {
  using names = new LiveNames(openRoot(directory));
  return resolveFilePaths((path) => names.find(path), inputPaths, ignored);
}

/** Nothing can be there under such a name. */
const notThere = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

/** Looks at names by handle, and remembers what it found. */
class LiveNames implements Disposable {
  readonly #root: number;
  readonly #look = new FileLook();
  readonly #known = new Map<ByteString, FoundName | undefined>();
  /** The directories that lead to the last path, from the top, each open. */
  readonly #trail: { readonly name: string; readonly handle: number }[] = [];

  /** @param root becomes this one's to close */
  constructor(root: number) {
    this.#root = root;
  }

  /** @throws HOST_REFUSED */
  find(path: ByteString): FoundName | undefined {
    if (this.#known.has(path)) return this.#known.get(path);
    const found = path.includes('\0') ? undefined : this.#findOnDisk(path);
    this.#known.set(path, found);
    return found;
  }

  [Symbol.dispose](): void {
    this.#leaveBelow(0);
    host.close(this.#root);
  }

  #findOnDisk(path: ByteString): FoundName | undefined {
    const parts = path.split('/') as ByteString[];
    const name = parts.pop() ?? path;
    try {
      const directory = this.#enter(parts);
      host.look(directory, name, this.#look);
      const kind = kindOfMode(this.#look.mode) ?? 'socket';
      return { kind, linkText: kind === 'symlink' ? host.readLink(directory, name) : ('' as ByteString) };
    } catch (error) {
      if (notThere.has(errnoOf(error) ?? '')) return undefined;
      throw error;
    }
  }

  #enter(parts: readonly ByteString[]): number {
    const differs = parts.findIndex((part, depth) => this.#trail[depth]?.name !== part);
    const shared = differs < 0 ? parts.length : differs;
    this.#leaveBelow(shared);
    for (const name of parts.slice(shared)) {
      const handle = host.open(this.#here, name, pathOnly | O_DIRECTORY);
      this.#trail.push({ name, handle });
    }
    return this.#here;
  }

  get #here(): number {
    return this.#trail.at(-1)?.handle ?? this.#root;
  }

  #leaveBelow(depth: number): void {
    for (const { handle } of this.#trail.splice(depth)) host.close(handle);
  }
}
