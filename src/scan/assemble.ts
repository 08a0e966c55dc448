/** One tree from what several threads found, the same whoever found what. */
import type { ByteString } from '../base/index.ts';
import { Inode, type Tree } from '../tree/index.ts';
import { type ScannedLane, vanishedCount } from './scan-plan.ts';
import { type LiveRows, LiveRowsBuilder } from './live-rows.ts';

/** Everything in a live tree is one layer. */
const layer = 1;

export interface LiveInodes {
  readonly tree: Tree;
  /** In walk order: the row of an inode is that of its first name. */
  readonly rows: LiveRows;
}

/** @param lanes that of number 0 holds the root in its first row */
export function assemble(lanes: readonly ScannedLane[]): LiveInodes {
  const contents = contentsOf(lanes);
  const [top] = lanes.filter(({ lane }) => lane === 0);
  if (top === undefined) throw new TypeError('no lane has the root');
  const builder = new LiveRowsBuilder(countInodes(lanes), textBytes(lanes));
  const assembly = new Assembly(lanes, builder, contents);
  const root = assembly.run(top);
  builder.fill(lanes);
  return { tree: { root, layers: layer, linked: assembly.linked }, rows: builder.rows };
}

/** Where the rows of a directory's content are. */
interface Content {
  readonly source: ScannedLane;
  readonly first: number;
  /** {@link vanishedCount} for a directory that is not to be in the tree. */
  readonly count: number;
}

/** By lane and row of the directory. */
type Contents = ReadonlyMap<ScannedLane, ReadonlyMap<number, Content>>;

function contentsOf(lanes: readonly ScannedLane[]): Contents {
  const byNumber = new Map(lanes.map((lane) => [lane.lane, new Map<number, Content>()]));
  for (const source of lanes) {
    for (const { lane, row, first, count } of source.directories)
      byNumber.get(lane)?.set(row, { source, first, count });
  }
  return new Map(lanes.map((lane) => [lane, byNumber.get(lane.lane) ?? new Map<number, Content>()]));
}

/** All rows but those of directories that have vanished, and those of further names of one inode. */
function countInodes(lanes: readonly ScannedLane[]): number {
  const linked = new Set<string>();
  let count = 0;
  for (const lane of lanes) {
    const { length } = lane.table;
    const { isLinked } = lane.identity;
    for (let row = 0; row < length; row++) {
      if (isLinked[row] === 1) linked.add(linkKey(lane, row));
      else count++;
    }
    count -= lane.directories.filter((directory) => directory.count === vanishedCount).length;
  }
  return count + linked.size;
}

function textBytes(lanes: readonly ScannedLane[]): number {
  return lanes.reduce((sum, { table }) => sum + table.columns.text.length, 0);
}

/** What makes two names one inode. The kind is in it because an inode number may be used again during a scan. */
function linkKey({ identity, devices, table }: ScannedLane, row: number): string {
  const [major, minor] = devices[identity.device[row] ?? 0] ?? [0, 0];
  return `${identity.inodeLow[row]} ${identity.inodeHigh[row]} ${major} ${minor} ${table.columns.kind[row]}`;
}

/** A directory whose content is being put in place. */
interface Frame {
  readonly content: Content;
  readonly row: number;
  readonly children: Map<ByteString, Inode>;
  next: number;
}

class Assembly {
  readonly linked = new Set<Inode>();
  readonly #builder: LiveRowsBuilder;
  readonly #contents: Contents;
  readonly #sources: ReadonlyMap<ScannedLane, number>;
  readonly #linkable = new Map<string, Inode>();
  readonly #frames: Frame[] = [];

  constructor(lanes: readonly ScannedLane[], builder: LiveRowsBuilder, contents: Contents) {
    this.#sources = new Map(lanes.map((lane, index) => [lane, index]));
    this.#builder = builder;
    this.#contents = contents;
  }

  run(top: ScannedLane): Inode {
    const root = this.#addInode(top, 0, 0);
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      const { source, first, count } = frame.content;
      if (frame.next === count) this.#frames.pop();
      else this.#addName(frame, source, first + frame.next++);
    }
    return root;
  }

  #addName({ row: parent, children }: Frame, source: ScannedLane, row: number): void {
    if (source.table.kind(row) === 'directory' && this.#contentOf(source, row)?.count === vanishedCount) return;
    const name = source.table.name(row);
    if (source.identity.isLinked[row] !== 1) {
      children.set(name, this.#addInode(source, row, parent));
      return;
    }
    const key = linkKey(source, row);
    const known = this.#linkable.get(key);
    const inode = known ?? this.#addInode(source, row, parent);
    if (known) {
      this.linked.add(known);
      this.#builder.know(known.row, source.identity.known[row] ?? 0);
    } else {
      this.#linkable.set(key, inode);
    }
    children.set(name, inode);
  }

  #addInode(source: ScannedLane, row: number, parent: number): Inode {
    const at = this.#builder.add(this.#sources.get(source) ?? 0, row, parent);
    const { table } = this.#builder.rows;
    if (source.table.kind(row) !== 'directory') return new Inode(table, at, layer);
    const children = new Map<ByteString, Inode>();
    const content = this.#contentOf(source, row);
    if (content) this.#frames.push({ content, row: at, children, next: 0 });
    return new Inode(table, at, layer, children);
  }

  #contentOf(source: ScannedLane, row: number): Content | undefined {
    return this.#contents.get(source)?.get(row);
  }
}
