/** Arbitrary trees, and one thing that goes wrong with them, each with the faults that it has to give: these and no others. */
import * as fc from 'fast-check';
import { byteStringOf } from '../../src/testing/index.ts';
import { sortByKey, walkOrderKey } from '../../src/tree/index.ts';
import { anyEdit } from '../tree/any-edit.ts';
import { Model, type Node, parentOf } from '../tree/model.ts';

export interface Mutation {
  readonly name: string;
  readonly before: Model;
  readonly after: Model;
  /** As `shownFault` shows them, in byte order. */
  readonly faults: readonly string[];
}

interface Place {
  /** The image, for what has to be so before. */
  readonly before: Model;
  /** What is changed. */
  readonly model: Model;
  readonly path: string;
  readonly node: Node;
  /** All names of the node in walk order. */
  readonly names: readonly string[];
  /** Another name, which may be the same. */
  readonly other: string;
  readonly fresh: Node;
}

type Faults = readonly string[] | undefined;
/** Changes the model; undefined where that is not possible there. */
type Mutate = (place: Place) => Faults;

/** One bit of something that is no name. */
function changing(kind: string, change: (node: Node) => Partial<Node> | undefined): Mutate {
  return ({ model, path, node, names }) => {
    const facts = change(node);
    if (facts === undefined) return undefined;
    model.change(path, facts);
    return [`${kind} ${shown(names)}`];
  };
}

const mutations: Readonly<Record<string, Mutate>> = {
  flippedByte: changing('content', ({ kind, text }) => {
    return kind === 'file' && text !== '' ? { text: `${text.slice(0, -1)}!` } : undefined;
  }),
  longer: changing('content', ({ kind, text }) => (kind === 'file' ? { text: `${text}+` } : undefined)),
  modeBit: changing('mode', ({ mode }) => ({ mode: mode ^ 0o4 })),
  setUserId: changing('mode', ({ mode }) => ({ mode: mode ^ 0o4000 })),
  user: changing('owner', ({ uid }) => ({ uid: uid === 0 ? 1 : uid - 1 })),
  group: changing('owner', ({ gid }) => ({ gid: gid === 0 ? 1 : gid - 1 })),
  nanosecond: changing('mtime', ({ mtime }) => ({
    mtime: { seconds: mtime.seconds, nanoseconds: (mtime.nanoseconds + 1) % 1_000_000_000 },
  })),
  second: changing('mtime', ({ mtime }) => ({ mtime: { ...mtime, seconds: mtime.seconds - 1 } })),
  newXattr: changing('xattr', ({ xattrs }) => ({ xattrs: { ...xattrs, 'user.new': '' } })),
  lostXattr: changing('xattr', ({ xattrs }) => (Object.keys(xattrs).length > 0 ? { xattrs: {} } : undefined)),
  otherXattr: changing('xattr', ({ xattrs }) => {
    const [[name, value] = []] = Object.entries(xattrs);
    return name === undefined ? undefined : { xattrs: { ...xattrs, [name]: `${value}!` } };
  }),
  linkText: changing('symlink', ({ kind, text }) => (kind === 'symlink' ? { text: `${text}/.` } : undefined)),
  deviceNumber: changing('device', ({ kind, minor }) => {
    return kind === 'char' || kind === 'block' ? { minor: minor + 1 } : undefined;
  }),
  /** `cp -p a t; mv t a`. */
  split: ({ model, path, node, names }) => {
    if (names.length < 2) return undefined;
    model.put(path, { ...node });
    return [`links-split ${shown(names)}`];
  },
  /** `ln -f a b` of files that are equal. */
  merged: ({ before, model, path, node, names, other }) => {
    const old = model.get(other);
    if (node.kind === 'directory' || old === undefined || old.kind === 'directory' || other === path) return undefined;
    if (names.length !== 1 || model.namesOf(old).length !== 1) return undefined;
    before.put(other, { ...node });
    model.put(other, node);
    return [`links-merged ${shown([path, other])}`];
  },
  gone: ({ model, path }) => {
    if (path === '') return undefined;
    const lost = lostWith(model, (one) => one === path || one.startsWith(`${path}/`));
    model.remove(path);
    return lost;
  },
  added: ({ model, path, node, fresh }) => {
    const name = join(node.kind === 'directory' ? path : parentOf(path), 'new');
    model.put(name, { ...fresh });
    return [`extra ${name}`];
  },
  linked: ({ model, path, node }) => {
    if (node.kind === 'directory') return undefined;
    const name = join(parentOf(path), 'new');
    model.put(name, node);
    return [`extra ${name}`];
  },
  otherKind: ({ model, path, node, fresh }) => {
    if (path === '' || fresh.kind === node.kind) return undefined;
    const lost = lostWith(model, (one) => one.startsWith(`${path}/`));
    model.put(path, { ...fresh });
    return [`kind ${path}`, ...lost];
  },
};

/** Every inode that loses names, with those names. */
function lostWith(model: Model, isLost: (path: string) => boolean): string[] {
  const groups = Map.groupBy(model.paths.filter(isLost), (path) => model.get(path) as Node);
  return [...groups].map(([node, lost]) => {
    return `${model.namesOf(node).length > lost.length ? 'links-missing' : 'missing'} ${shown(lost)}`;
  });
}

const root = new Model().get('') as Node;

export function anyMutation(): fc.Arbitrary<Mutation> {
  const all = Object.keys(mutations);
  const places = fc.record({ path: fc.nat(50), other: fc.nat(50), kind: fc.nat(all.length - 1) });
  return fc.tuple(anyEdit({ odd: true, privileged: true }), places).map(([{ after: model, steps }, place]) => {
    const fresh = steps[0]?.node ?? root;
    // What is not possible in this tree, such as to split a group, is done without.
    for (const name of [...all.slice(place.kind), ...all]) {
      for (let turn = 0; turn < model.paths.length; turn++) {
        const mutation = mutated(model, name, { path: place.path + turn, other: place.other, fresh });
        if (mutation) return mutation;
      }
    }
    return { name: 'nothing', before: model, after: model, faults: [] };
  });
}

interface Where {
  readonly path: number;
  readonly other: number;
  readonly fresh: Node;
}

function mutated(model: Model, name: string, where: Where): Mutation | undefined {
  const [before, after] = [new Model(model), new Model(model)];
  const { paths } = before;
  const [path = '', other = ''] = [paths[where.path % paths.length], paths[where.other % paths.length]];
  const node = before.get(path) ?? root;
  const place = { before, model: after, path, node, names: before.namesOf(node), other, fresh: where.fresh };
  const faults = mutations[name]?.(place);
  return faults && { name, before, after, faults: [...faults].sort() };
}

/** Names in walk order. */
function shown(names: readonly string[]): string {
  const sorted = sortByKey(names, (name) => walkOrderKey(byteStringOf(name)));
  return sorted.map((name) => (name === '' ? '.' : name)).join(' = ');
}

function join(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}
