/** The parts of a layout directory, opened when they are needed. */
import { type Digest, type DigestAlgorithm, digestAlgorithm, digestHex, parseDigest } from '../base/index.ts';
import { Directory } from './directory.ts';

/** Everything that is Holdfast's own lies in here, where readers of layouts do not look. */
export const controlName = '.holdfast';

/**
 * Inside {@link controlName}: `ingest` has a file for each blob that is arriving, `leases` one for each process at work,
 * `used` one for each image whose use is recorded.
 */
export type ControlPart = 'ingest' | 'leases' | 'used';

export const indexLock = 'index.lock';
/** Held for moments: by who claims a blob, and by who removes blobs that nobody claims. */
export const removalLock = 'gc.lock';

export class Layout implements Disposable {
  /** As the user gave it. */
  readonly directory: string;
  readonly root: Directory;
  readonly #open = new Map<string, Directory>();

  /** @throws HOST_REFUSED */
  constructor(directory: string) {
    this.directory = directory;
    this.root = Directory.open(directory);
  }

  /** The directory of the blobs with such digests. @throws STORE_INVALID, HOST_REFUSED */
  blobs(algorithm: DigestAlgorithm): Directory | undefined {
    const blobs = this.#enter('blobs', this.root);
    return blobs && this.#enter(algorithm, blobs, `blobs/${algorithm}`);
  }

  makeBlobs(algorithm: DigestAlgorithm): Directory {
    return this.#make(algorithm, this.#make('blobs', this.root), `blobs/${algorithm}`);
  }

  /** `blobs` itself. */
  allBlobs(): Directory | undefined {
    return this.#enter('blobs', this.root);
  }

  control(): Directory {
    return this.#make(controlName, this.root);
  }

  /** @throws STORE_INVALID, HOST_REFUSED */
  part(name: ControlPart): Directory | undefined {
    const control = this.#enter(controlName, this.root);
    return control && this.#enter(name, control);
  }

  makePart(name: ControlPart): Directory {
    return this.#make(name, this.control());
  }

  [Symbol.dispose](): void {
    for (const directory of this.#open.values()) directory[Symbol.dispose]();
    this.#open.clear();
    this.root[Symbol.dispose]();
  }

  #enter(name: string, parent: Directory, key = name): Directory | undefined {
    return this.#open.get(key) ?? this.#keep(key, parent.enter(name));
  }

  #make(name: string, parent: Directory, key = name): Directory {
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const made = parent.make(name);
    this.#keep(key, made);
    return made;
  }

  #keep(key: string, directory: Directory | undefined): Directory | undefined {
    if (directory !== undefined) this.#open.set(key, directory);
    return directory;
  }
}

/** The name under which Holdfast keeps something about a blob. */
export function controlFileName(digest: Digest): string {
  return `${digestAlgorithm(digest)}-${digestHex(digest)}`;
}

/** The inverse; undefined for any other name. */
export function digestOfControlFile(name: string): Digest | undefined {
  return asDigest(name.replace('-', ':'));
}

/** The digest that a text is; undefined when it is none. */
export function asDigest(text: string): Digest | undefined {
  try {
    return parseDigest(text);
  } catch {
    return undefined;
  }
}
