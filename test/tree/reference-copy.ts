/**
 * Copying between trees, written down a second time from the text of "Merge and copy": every path is resolved anew, simple
 * and slow, and nothing of the engine is used.
 */
import { byteStringOf } from '../../src/testing/index.ts';
import { Model, type Node, parentOf } from './model.ts';

export interface ReferenceRequest {
  readonly sources: readonly string[];
  readonly dest: string;
  readonly onConflict: 'follow' | 'replace' | 'error';
  readonly clear: boolean;
}

export type ReferenceOutcome = { readonly tree: Model } | { readonly error: string };

class Refused extends Error {}

interface Source {
  readonly name: string;
  readonly path: string;
}

export function referenceCopy(into: Model, from: Model, request: ReferenceRequest): ReferenceOutcome {
  try {
    return { tree: new Copying(into, from, request).run() };
  } catch (error) {
    if (error instanceof Refused) return { error: error.message };
    throw error;
  }
}

class Copying {
  readonly #tree: Model;
  readonly #from: Model;
  readonly #request: ReferenceRequest;
  readonly #clashes: string[] = [];
  /** What each source inode became, and from which names. */
  readonly #copies = new Map<Node, { node: Node; paths: string[] }>();

  constructor(into: Model, from: Model, request: ReferenceRequest) {
    this.#tree = new Model(into);
    this.#from = from;
    this.#request = request;
  }

  run(): Model {
    const { sources: asked, dest, onConflict, clear } = this.#request;
    const sources = asked.map((path) => this.#find(path));
    const place = resolve(this.#tree, dest, onConflict === 'follow');
    if (place === undefined) throw new Refused('SYMLINK_LOOP');
    const isDirectory =
      place === '' ||
      /(^|\/)\.{0,2}$/.test(dest) ||
      sources.length > 1 ||
      sources.some(({ path }) => this.#from.get(path)?.kind === 'directory') ||
      this.#tree.get(place)?.kind === 'directory';
    this.#imply(isDirectory ? place : parentOf(place));
    if (isDirectory && clear) for (const path of childrenOf(this.#tree, place)) this.#tree.remove(path);
    for (const { name, path } of sources) {
      if (this.#from.get(path)?.kind === 'directory') this.#copyContent(place, path);
      else this.#copy(isDirectory ? join(place, name) : place, path);
    }
    if (this.#clashes.length > 0) throw new Refused('CONFLICTS_REFUSED');
    return this.#tree;
  }

  #find(asked: string): Source {
    const path = resolve(this.#from, asked, true);
    const node = path === undefined || passesNonDirectory(this.#from, asked) ? undefined : this.#from.get(path);
    const isWrongKind = /(^|\/)\.?$/.test(asked) && node?.kind !== 'directory';
    if (path === undefined || node === undefined || isWrongKind) throw new Refused('PATH_NOT_FOUND');
    return { path, name: asked.split('/').findLast((part) => part !== '' && part !== '.') ?? '' };
  }

  #imply(path: string): void {
    if (path === '' || this.#tree.get(path)?.kind === 'directory') return;
    this.#imply(parentOf(path));
    this.#clash(path);
    this.#tree.put(path, { ...(new Model().get('') as Node) });
  }

  #copyContent(place: string, path: string): void {
    for (const child of childrenOf(this.#from, path)) {
      this.#copy(join(place, child.slice(child.lastIndexOf('/') + 1)), child);
    }
  }

  #copy(target: string, path: string): void {
    const node = this.#from.get(path) as Node;
    if (node.kind === 'directory') this.#copyDirectory(target, path, node);
    else {
      this.#clash(target);
      this.#tree.put(target, this.#copyOf(node, path));
    }
  }

  #copyDirectory(target: string, path: string, node: Node): void {
    const isLink = this.#tree.get(target)?.kind === 'symlink' && this.#request.onConflict === 'follow';
    const followed = isLink ? resolve(this.#tree, target, true) : undefined;
    const place = followed !== undefined && this.#tree.get(followed)?.kind === 'directory' ? followed : target;
    if (this.#tree.get(place)?.kind === 'directory') this.#tree.change(place, { ...node });
    else {
      this.#clash(place);
      this.#tree.put(place, { ...node });
    }
    this.#copyContent(place, path);
  }

  #copyOf(node: Node, path: string): Node {
    const known = this.#copies.get(node);
    if (known && !known.paths.includes(path)) {
      known.paths.push(path);
      return known.node;
    }
    const copy = { node: { ...node }, paths: [path] };
    this.#copies.set(node, copy);
    return copy.node;
  }

  #clash(path: string): void {
    if (this.#tree.get(path) && this.#request.onConflict === 'error') this.#clashes.push(path);
  }
}

/** Where a path leads, what is missing taken as written; undefined for a loop. */
function resolve(model: Model, path: string, follows: boolean): string | undefined {
  const rest = path.split('/');
  let current = '';
  let links = 0;
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === '' || part === '.') continue;
    const next = part === '..' ? parentOf(current) : join(current, part);
    const node = part === '..' ? undefined : model.get(next);
    if (follows && node?.kind === 'symlink') {
      if (++links > 40) return undefined;
      const text = node.text || 'nowhere';
      if (text.startsWith('/')) current = '';
      rest.unshift(...text.split('/'));
    } else current = next;
  }
  return current;
}

/** A process could not go there: something on the way is missing or no directory. */
function passesNonDirectory(model: Model, path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.some((_, at) => {
    const above = resolve(model, parts.slice(0, at).join('/'), true);
    return above === undefined || model.get(above)?.kind !== 'directory';
  });
}

function childrenOf(model: Model, path: string): string[] {
  const children = model.paths.filter((child) => child !== '' && parentOf(child) === path);
  return children.sort((a, b) => (byteStringOf(a) < byteStringOf(b) ? -1 : 1));
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}
