/** Arbitrary trees, and arbitrary things that happen to them, over so few names that everything collides. */
import * as fc from 'fast-check';
import { kinds, Model, type Node, parentOf } from './model.ts';

export interface EditOptions {
  /** Devices, foreign owners, closed modes and xattrs, which only root can place and look at. */
  readonly privileged?: boolean;
  /** Names that no peer but ours is sure to take, and times before 1970. */
  readonly odd?: boolean;
  /** Symbolic links that lead to what is there, and no other text in files than theirs. */
  readonly links?: boolean;
}

/** One thing that happens; which path it happens to is counted through those that there are. */
export interface Step {
  readonly act: Act;
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly node: Node;
}

const acts = {
  /** A new inode in an existing directory, over whatever is there: every kind replaces every kind. */
  create: (model, { to, name, node }) => model.put(inside(model, to, name), node),
  /** The same at an existing name: every kind becomes every other. */
  replace: (model, { from, node }) => model.put(existing(model, from), node),
  remove: (model, { from }) => model.remove(existing(model, from)),
  rename: (model, { from, to, name }) => model.rename(existing(model, from), inside(model, to, name)),
  link: (model, { from, to, name }) => {
    const node = model.get(existing(model, from));
    if (node && node.kind !== 'directory') model.put(inside(model, to, name), node);
  },
  relink: (model, { from, to }) => {
    const [node, path] = [model.get(existing(model, from)), existing(model, to)];
    if (node && node.kind !== 'directory') model.put(path, node);
  },
  chmod: (model, { from, node }) => model.change(existing(model, from), { mode: node.mode }),
  chown: (model, { from, node }) => model.change(existing(model, from), { uid: node.uid, gid: node.gid }),
  utime: (model, { from, node }) => model.change(existing(model, from), { mtime: node.mtime }),
  setXattrs: (model, { from, node }) => model.change(existing(model, from), { xattrs: node.xattrs }),
  /** The time stays, and so does the size. */
  rewrite: (model, { from, node }) => {
    if (model.get(existing(model, from))?.kind === 'file') model.change(existing(model, from), { text: node.text });
  },
  retarget: (model, { from, node }) => {
    if (model.get(existing(model, from))?.kind === 'symlink') model.change(existing(model, from), { text: node.text });
  },
  renumber: (model, { from, node }) => model.change(existing(model, from), { minor: node.minor }),
  /** `cp -p a t; mv t a`: the same file, but no longer linked. */
  separate: (model, { from }) => {
    const node = model.get(existing(model, from));
    if (node && node.kind !== 'directory') model.put(existing(model, from), { ...node });
  },
  /** As an overlay copies up: only the name that is written to changes. */
  copyUp: (model, { from, node }) => {
    const old = model.get(existing(model, from));
    if (old?.kind === 'file') model.put(existing(model, from), { ...old, text: node.text });
  },
  /** `rm -r d; mkdir d`, with something new in it. */
  recreate: (model, { from, name, node }) => {
    const path = existing(model, from);
    const old = model.get(path);
    if (path === '' || old?.kind !== 'directory') return;
    model.put(path, { ...old });
    model.put(`${path}/${name}`, node);
  },
  /** `touch` and back: nothing. */
  nothing: () => {},
} satisfies Record<string, (model: Model, step: Step) => void>;

type Act = keyof typeof acts;
const actNames = Object.keys(acts) as Act[];

/** A tree, and what it becomes. */
export interface Edit {
  readonly before: Model;
  readonly after: Model;
  readonly steps: readonly Step[];
}

export function anyEdit(options: EditOptions = {}): fc.Arbitrary<Edit> {
  const step = anyStep(options);
  const building = fc.array(fc.oneof({ weight: 2, arbitrary: step }, { weight: 3, arbitrary: creation(step) }), {
    maxLength: 14,
  });
  return fc.tuple(building, fc.array(step, { maxLength: 6 })).map(([made, steps]) => {
    const before = applied(new Model(), made);
    return { before, after: applied(before, steps), steps };
  });
}

/** Nothing but new paths: what a tree is made of. */
function creation(step: fc.Arbitrary<Step>): fc.Arbitrary<Step> {
  return fc.tuple(step, fc.constantFrom<Act>('create', 'create', 'link')).map(([one, act]) => ({ ...one, act }));
}

export function applied(from: Model, steps: readonly Step[]): Model {
  const model = new Model(from);
  for (const step of steps) acts[step.act](model, step);
  return model;
}

/** For counterexamples. */
export function shownEdit({ before, after, steps }: Edit): string {
  const lines = (model: Model): string[] =>
    model.entries().map(({ kind, name, linkName, mode, mtime }) => {
      const text = `${kind} ${JSON.stringify(name)} ${mode.toString(8)} ${mtime.seconds}.${mtime.nanoseconds}`;
      return `  ${text}${linkName && ` -> ${linkName}`}`;
    });
  return ['before', ...lines(before), steps.map(({ act }) => act).join(' '), 'after', ...lines(after)].join('\n');
}

function existing(model: Model, at: number): string {
  return model.paths[at % model.paths.length] ?? '';
}

function inside(model: Model, at: number, name: string): string {
  const path = existing(model, at);
  const directory = model.get(path)?.kind === 'directory' ? path : parentOf(path);
  return directory === '' ? name : `${directory}/${name}`;
}

const ordinaryNames = ['a', 'b', 'a-b', 'a.d', 'c'];
const oddNames = ['\udcff\udcfe', 'caf\u00e9', 'a\nb', 'a\\b', '.wh', '.whx', 'wh.a', 'a.wh.b', '..a', '\u0001', '!'];

function anyStep(options: EditOptions): fc.Arbitrary<Step> {
  const names = options.odd === true ? [...ordinaryNames, ...ordinaryNames, ...oddNames] : ordinaryNames;
  return fc.record({
    act: fc.constantFrom(...actNames),
    from: fc.nat(30),
    to: fc.nat(30),
    name: fc.constantFrom(...names),
    node: anyNode(options),
  });
}

function anyNode({ privileged = false, odd = false, links = false }: EditOptions): fc.Arbitrary<Node> {
  const id = privileged ? fc.constantFrom(0, 0, 1000, 4_294_967_294) : fc.constant(0);
  const seconds = odd ? fc.constantFrom(-5, 0, 1_700_000_000, 5_000_000_000) : fc.constantFrom(0, 9, 1_700_000_000);
  const xattrs = [{}, {}, { 'security.a': '1' }, { 'security.a': '2' }, { 'security.b': odd ? '' : '\0\n' }];
  return fc.record({
    kind: links
      ? fc.constantFrom('file', 'directory', 'directory', 'symlink', 'symlink', 'fifo')
      : fc.constantFrom(...(privileged ? kinds : kinds.filter((kind) => kind !== 'char' && kind !== 'block'))),
    mode: privileged ? fc.constantFrom(0o644, 0o755, 0o7777, 0) : fc.constantFrom(0o755, 0o700),
    uid: id,
    gid: id,
    mtime: fc.record({ seconds, nanoseconds: fc.constantFrom(0, 0, 123_456_789) }, plain),
    xattrs: privileged ? fc.constantFrom(...xattrs) : fc.constant({}),
    text: links
      ? fc.constantFrom('a', 'b', '../a', '/b', 'a/b', '..', '.', 'a-b', '/')
      : fc.constantFrom('text 1', 'text 2', 'text 3', ''),
    minor: fc.constantFrom(3, 300),
  });
}

/** Objects as everybody else makes them. */
const plain = { noNullPrototype: true };
