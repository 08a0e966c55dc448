/** Collects what was placed and gives the columns of a record. */
import { type ByteString, formatTimestamp, toJsonText } from '../base/index.ts';
import { type Inode, levelOrder, type Tree } from '../tree/index.ts';
import {
  mostDevices,
  type PlacedIdentity,
  type RecordColumns,
  type RecordHead,
  recordStates,
} from './record-columns.ts';

/** Room for so many inodes at first. */
const firstInodes = 4096;

type IdentityColumns = Omit<RecordColumns, 'starts' | 'text' | 'first' | 'count' | 'attributes'>;

export class RecordBuilder {
  /** By inode, where its facts are in the columns. */
  readonly #at = new Map<Inode, number>();
  readonly #inexact = new Set<Inode>();
  readonly #devices: [number, number][] = [];
  #columns = emptyColumns(firstInodes);

  /**
   * Takes an inode whose names are all placed; taken again, the last counts.
   * @param identity undefined where it is not on disk at all
   * @param isExact whether disk and image say the same of it
   */
  add(inode: Inode, identity: PlacedIdentity | undefined, isExact: boolean): void {
    const at = this.#at.get(inode) ?? this.#at.size;
    this.#at.set(inode, at);
    if (at >= this.#columns.state.length) this.#columns = grown(this.#columns, 2 * at);
    if (!isExact) this.#inexact.add(inode);
    const columns = this.#columns;
    columns.state[at] =
      identity === undefined ? recordStates.absent : isExact ? recordStates.exact : recordStates.lossy;
    if (identity === undefined) return;
    columns.device[at] = this.#deviceIndex(identity.device);
    columns.inodeLow[at] = Number(identity.inode & 0xffff_ffffn);
    columns.inodeHigh[at] = Number(identity.inode >> 32n);
    columns.size[at] = identity.size;
    columns.mtimeSeconds[at] = identity.mtime.seconds;
    columns.mtimeNanoseconds[at] = identity.mtime.nanoseconds;
    columns.ctimeSeconds[at] = identity.ctime.seconds;
    columns.ctimeNanoseconds[at] = identity.ctime.nanoseconds;
  }

  get devices(): RecordHead['devices'] {
    return this.#devices;
  }

  /** @param tree whose inodes were taken; those that were not count as absent */
  columns(tree: Tree): RecordColumns {
    const { names, starts, text, first, count } = levelOrder(tree);
    const { length } = names;
    const facts = emptyColumns(length);
    const rows = new Map<Inode, number[]>();
    for (const [row, inode] of names.entries()) {
      const at = this.#at.get(inode);
      if (at === undefined) facts.state[row] = recordStates.absent;
      else for (const key of identityKeys) facts[key][row] = this.#columns[key][at] ?? 0;
      if (!this.#inexact.has(inode)) continue;
      const known = rows.get(inode);
      if (known) known.push(row);
      else rows.set(inode, [row]);
    }
    const attributes = [...rows].map(([inode, own]) => ({ rows: own, ...exactAttributes(inode) }));
    return { ...facts, starts, text, first, count, attributes: Buffer.from(JSON.stringify(attributes)) };
  }

  /** Past the most there can be, what does not match will only be looked at again. */
  #deviceIndex(device: bigint): number {
    const [major, minor] = deviceParts(device);
    const known = this.#devices.findIndex((one) => one[0] === major && one[1] === minor);
    if (known >= 0) return known;
    if (this.#devices.length < mostDevices) this.#devices.push([major, minor]);
    return this.#devices.length - 1;
  }
}

/** Linux's encoding of a device number in 64 bits (makedev(3)), taken apart. */
export function deviceParts(device: bigint): readonly [major: number, minor: number] {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn & 0xffff_ffffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn & 0xffff_ffffn);
  return [Number(major), Number(minor)];
}

const identityKeys = [
  'state',
  'device',
  'inodeLow',
  'inodeHigh',
  'size',
  'mtimeSeconds',
  'mtimeNanoseconds',
  'ctimeSeconds',
  'ctimeNanoseconds',
] as const satisfies readonly (keyof IdentityColumns)[];

function emptyColumns(length: number): IdentityColumns {
  return {
    state: new Uint8Array(length),
    device: new Uint8Array(length),
    inodeLow: new Uint32Array(length),
    inodeHigh: new Uint32Array(length),
    size: new Float64Array(length),
    mtimeSeconds: new Float64Array(length),
    mtimeNanoseconds: new Uint32Array(length),
    ctimeSeconds: new Float64Array(length),
    ctimeNanoseconds: new Uint32Array(length),
  };
}

function grown(old: IdentityColumns, length: number): IdentityColumns {
  const next = emptyColumns(length);
  for (const key of identityKeys) next[key].set(old[key]);
  return next;
}

function exactAttributes(inode: Inode): Record<string, unknown> {
  const isDevice = inode.kind === 'char' || inode.kind === 'block';
  return {
    kind: inode.kind,
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    mtime: formatTimestamp(inode.mtime),
    ...(isDevice ? { device: inode.device } : {}),
    ...(inode.xattrs ? { xattrs: xattrsToJson(inode.xattrs) } : {}),
  };
}

function xattrsToJson(xattrs: ReadonlyMap<ByteString, Uint8Array>): Record<string, string> {
  const entries = [...xattrs].map(([name, value]) => [toJsonText(name), Buffer.from(value).toString('base64')]);
  return Object.fromEntries(entries) as Record<string, string>;
}
