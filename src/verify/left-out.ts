/** What is not compared: what is to be ignored, and what nobody could see. */
import type { ByteString } from '../base/index.ts';
import { ignoreList, type Inode, joinPath, parentPath, sortByKey, walkOrderKey } from '../tree/index.ts';
import type { OpenTree } from '../trees/index.ts';
import type { Injections } from './injections.ts';

/** What was not compared, although one of the two has something there. */
export interface IgnoredFact {
  readonly path: ByteString;
  /** Only that of it. */
  readonly what: 'everything' | 'mtime' | 'mode';
  readonly why: string;
}

export interface LeftOutOptions {
  readonly image: OpenTree;
  readonly tree: OpenTree;
  /** Paths and globs. */
  readonly ignore: readonly string[];
  readonly injections: Injections;
}

/** Remembers what it was asked about and left out. */
export class LeftOut {
  readonly #trees: readonly OpenTree[];
  readonly #listed: ReturnType<typeof ignoreList>;
  readonly #injections: Injections;
  /** Directories of which a name is injected. */
  readonly #injectedIn: ReadonlySet<ByteString>;
  readonly #met = new Map<string, IgnoredFact>();

  constructor({ image, tree, ignore, injections }: LeftOutOptions) {
    this.#trees = [image, tree].filter(({ problems }) => problems.length > 0);
    this.#listed = ignoreList(ignore);
    this.#injections = injections;
    this.#injectedIn = new Set([...injections.paths.keys()].map(parentPath));
    for (const path of tree.live?.ignored ?? []) this.#meet({ path, what: 'everything', why: '--ignore' });
  }

  /** What was left out because it is to be ignored: the topmost paths, in walk order. */
  get ignored(): readonly IgnoredFact[] {
    return sortByKey(this.#met.values(), ({ path }) => walkOrderKey(path));
  }

  readonly namesIn = (directory: ByteString): ((name: ByteString) => boolean) | undefined => {
    const isListed = this.#listed.namesIn(directory);
    const isInjectedHere = this.#injectedIn.has(directory);
    if (isListed === undefined && !isInjectedHere && this.#trees.length === 0) return undefined;
    return (name) => {
      const path = joinPath(directory, name);
      if (isListed?.(name) === true) return this.#meet({ path, what: 'everything', why: '--ignore' });
      const why = isInjectedHere ? this.#injections.paths.get(path) : undefined;
      if (why !== undefined) return this.#meet({ path, what: 'everything', why });
      return this.#trees.some((tree) => tree.isUnseen(path));
    };
  };

  /** Whether a path, or one above it, is to be ignored. */
  isIgnored(path: ByteString): boolean {
    if (this.#listed.ignores(path)) return true;
    for (let at = path; at !== ''; at = parentPath(at)) if (this.#injections.paths.has(at)) return true;
    return false;
  }

  /** Asked only about a time that differs. */
  isTimeIgnored(path: ByteString, image: Inode): boolean {
    const why = this.#injections.times.get(path) ?? this.#implied(image);
    return why !== undefined && this.#meet({ path, what: 'mtime', why });
  }

  /** Asked only about a mode that differs: that of a directory which no layer lists is as the engine makes directories. */
  isModeIgnored(path: ByteString, image: Inode): boolean {
    const why = this.#implied(image);
    return why !== undefined && this.#meet({ path, what: 'mode', why });
  }

  #implied(image: Inode): string | undefined {
    return image.isImplied ? this.#injections.engine : undefined;
  }

  #meet(fact: IgnoredFact): true {
    this.#met.set(`${fact.what} ${fact.path}`, fact);
    return true;
  }
}
