/** Symbolic links that lead back to themselves. */
import type { ByteString } from '../base/index.ts';
import { type Inode, joinPath, type Tree } from '../tree/index.ts';

/** A name by which something is reached without links. */
interface Position {
  readonly path: ByteString;
  readonly inode: Inode;
  /** The root is its own. */
  readonly parent: Position;
}

/** Where a link leads; undefined for nowhere. */
type Target = Position | 'circle' | undefined;

/** A link that is being followed: what is left of its text, the next name last. */
interface Step {
  readonly link: Position;
  readonly names: string[];
  here: Position;
}

/** Every link that can never be followed to an end. Each link is read once, whatever leads through it. */
export function* circularLinks(tree: Tree): Generator<Pick<Position, 'path' | 'inode'>> {
  const links = new LinkTargets(tree);
  const stack = [links.root];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const [name, inode] of at.inode.children ?? []) {
      const child = { path: joinPath(at.path, name), inode, parent: at };
      if (inode.children) stack.push(child);
      else if (inode.kind === 'symlink' && links.follow(child) === 'circle') yield child;
    }
  }
}

class LinkTargets {
  readonly root: Position;
  readonly #known = new Map<ByteString, Target>();
  readonly #pending = new Set<ByteString>();

  constructor(tree: Tree) {
    const root = { path: '' as ByteString, inode: tree.root };
    this.root = Object.assign(root, { parent: root as Position });
  }

  /** Without recursion: a chain of links may be as long as the image. */
  follow(link: Position): Target {
    const stack = [this.#begin(link)];
    for (let step = stack.at(-1); step !== undefined && !this.#known.has(link.path); step = stack.at(-1)) {
      const next = this.#advance(step);
      if (next !== undefined) stack.push(this.#begin(next));
      else stack.pop();
    }
    return this.#known.get(link.path);
  }

  #begin(link: Position): Step {
    const text = link.inode.linkText;
    this.#pending.add(link.path);
    return { link, names: text.split('/').reverse(), here: text.startsWith('/') ? this.root : link.parent };
  }

  /** Goes on until the end, or up to a link of which nothing is known yet, which is returned. */
  #advance(step: Step): Position | undefined {
    for (let name = step.names.pop(); name !== undefined; name = step.names.pop()) {
      const { here } = step;
      if (name === '' || name === '.') continue;
      if (here.inode.children === undefined) return this.#end(step, undefined);
      if (name === '..') {
        step.here = here.parent;
        continue;
      }
      const inode = here.inode.children.get(name as ByteString);
      if (inode === undefined) return this.#end(step, undefined);
      const child = { path: joinPath(here.path, name as ByteString), inode, parent: here };
      if (inode.kind !== 'symlink') step.here = child;
      else if (this.#known.has(child.path)) {
        const target = this.#known.get(child.path);
        if (target === undefined || target === 'circle') return this.#end(step, target);
        step.here = target;
      } else if (this.#pending.has(child.path)) return this.#end(step, 'circle');
      else {
        step.names.push(name);
        return child;
      }
    }
    return this.#end(step, step.here);
  }

  #end({ link }: Step, target: Target): undefined {
    this.#pending.delete(link.path);
    this.#known.set(link.path, target);
  }
}
