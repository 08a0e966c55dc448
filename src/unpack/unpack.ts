/** `unpack`: an image becomes a root file system in a directory. */
import path from 'node:path';
import {
  type ByteString,
  defaultLimits,
  HoldfastError,
  type Limits,
  type Note,
  type NoteList,
  type OperationOptions,
  toJsonText,
} from '../base/index.ts';
import { type AttributePolicy, host, type IdMap, isHostXattr } from '../host/index.ts';
import type { Image } from '../image/index.ts';
import type { LayerIndex } from '../layer/index.ts';
import { formatPlatform } from '../oci/index.ts';
import { recordName } from '../record/index.ts';
import {
  cachedIndexes,
  loadRootfs,
  mergeLayers,
  type PathSelection,
  type Rootfs,
  selectPaths,
} from '../rootfs/index.ts';
import { type OnConflict, type Tree, walk } from '../tree/index.ts';
import { type Loss, ownPrivilege, predictLosses, refuseLosses } from './losses.ts';
import type { PlacedLoss, StagedBodies } from './place-inode.ts';
import { placeTree } from './place-tree.ts';
import { publish, waitForOthers } from './publish.ts';
import { makeDirectory, stageBodies } from './stage-bodies.ts';
import { createStaging, type Staging } from './staging.ts';
import { incompleteName, openTarget, type Target } from './target.ts';
import { UnpackRecord } from './unpack-record.ts';

export interface UnpackOptions extends OperationOptions, PathSelection {
  readonly onConflict?: OnConflict;
  readonly limits?: Limits;
  readonly jobs?: number;
  /** Publish even when the target cannot hold everything exactly; the result lists what is lost. */
  readonly allowLossy?: boolean;
  /** Set xattrs that belong to the host's own policy, such as security.selinux. */
  readonly hostXattrs?: boolean;
  readonly uidMap?: IdMap;
  readonly gidMap?: IdMap;
  /** Write the unpack record beside the directory; true unless given. */
  readonly record?: boolean;
}

export interface UnpackResult {
  readonly directory: string;
  readonly reference: string;
  /** Digest of the manifest that was unpacked. */
  readonly digest: string;
  readonly platform: string;
  readonly layers: number;
  /** Names placed, the root included. */
  readonly entries: number;
  /** False when the target was filled in place instead of appearing by one rename. */
  readonly atomic: boolean;
  /** The path of the unpack record, absent when none was written. */
  readonly record?: string;
  readonly losses: readonly Loss[];
  readonly notes: readonly Note[];
}

/**
 * Unpacks an image into a directory that is absent or empty. Until everything is verified and complete, it stays so.
 * @throws every code of the image and layer families, HOST_LOSS, HOST_REFUSED, HOST_UNSUPPORTED, TARGET_OCCUPIED
 */
export async function unpack(image: Image, directory: string, options: UnpackOptions = {}): Promise<UnpackResult> {
  checkPlatform(image);
  options.signal?.throwIfAborted();
  using target = openTarget(directory);
  using staging = createStaging(target);
  return await new Unpacking(image, target, staging, options).run();
}

function checkPlatform(image: Image): void {
  if (process.platform !== 'linux') {
    throw new HoldfastError('HOST_UNSUPPORTED', { what: `root file systems cannot be written on ${process.platform}` });
  }
  if (image.platform.os === 'windows') {
    throw new HoldfastError('HOST_UNSUPPORTED', { what: 'a Windows image cannot be unpacked here' });
  }
}

class Unpacking {
  readonly #image: Image;
  readonly #target: Target;
  readonly #staging: Staging;
  readonly #options: UnpackOptions;
  readonly #limits: Limits;
  readonly #policy: AttributePolicy;

  constructor(image: Image, target: Target, staging: Staging, options: UnpackOptions) {
    this.#image = image;
    this.#target = target;
    this.#staging = staging;
    this.#options = options;
    this.#limits = options.limits ?? defaultLimits;
    this.#policy = {
      uidMap: options.uidMap ?? [],
      gidMap: options.gidMap ?? [],
      hostXattrs: options.hostXattrs ?? false,
      freshUid: staging.freshUid,
      freshGid: staging.freshGid,
    };
  }

  async run(): Promise<UnpackResult> {
    const { onEvent } = this.#options;
    const planned = await this.#plan();
    onEvent?.({ kind: 'phase', phase: 'layers' });
    const stageOptions = { ...this.#options, limits: this.#limits, policy: this.#policy };
    using staged = await stageBodies(this.#image, this.#staging.work.handle, planned?.tree, stageOptions);
    onEvent?.({ kind: 'phase', phase: 'apply' });
    const { tree, notes } = this.#checked(planned ?? this.#merge(staged.indexes));
    onEvent?.({ kind: 'phase', phase: 'place' });
    using record = this.#openRecord();
    const placed = await this.#place(tree, staged.bodies, record);
    onEvent?.({ kind: 'phase', phase: 'publish' });
    return await this.#publish(tree, { ...placed, record, notes });
  }

  /**
   * The tree before any byte is written, where it is known from the cache, or where this process so surely cannot hold
   * everything that refusing early is worth a pass over the layers.
   */
  async #plan(): Promise<Rootfs | undefined> {
    const isPrivileged = ownPrivilege().uid === 0 && host.isNative;
    const cached = cachedIndexes(this.#image, this.#limits);
    if (cached) return this.#checked(this.#merge(cached));
    if (isPrivileged || this.#options.allowLossy) return undefined;
    const { signal, onConflict, jobs } = this.#options;
    const rootfs = await loadRootfs(this.#image, {
      limits: this.#limits,
      ...(signal ? { signal } : {}),
      ...(onConflict ? { onConflict } : {}),
      ...(jobs === undefined ? {} : { jobs }),
    });
    return this.#checked({ ...rootfs, tree: selectPaths(rootfs.tree, this.#options) });
  }

  #merge(indexes: readonly LayerIndex[]): Rootfs {
    const rootfs = mergeLayers(this.#image, indexes, { limits: this.#limits, onConflict: this.#options.onConflict });
    return { ...rootfs, tree: selectPaths(rootfs.tree, this.#options) };
  }

  #checked(rootfs: Rootfs): Rootfs {
    checkRootNames(rootfs.tree);
    refuseLosses(predictLosses(rootfs.tree, this.#policy, ownPrivilege()), this.#options.allowLossy ?? false);
    return rootfs;
  }

  async #place(
    tree: Tree,
    bodies: StagedBodies,
    record: UnpackRecord | undefined,
  ): Promise<{ losses: Loss[]; entries: number }> {
    const links = makeDirectory(this.#staging.work.handle, 'links' as ByteString);
    let entries = 0;
    try {
      const losses = await placeTree(tree, {
        root: this.#staging.root.handle,
        links,
        bodies,
        policy: this.#policy,
        signal: this.#options.signal,
        onPlaced: (path, inode, identity, lost) => {
          if (identity) entries++;
          // A target that stays in place has its own root, which is not placed yet.
          if (path !== '' || this.#target.place === 'beside') record?.add(inode, identity, lost);
        },
      });
      refuseLosses(losses, this.#options.allowLossy ?? false);
      return { losses, entries };
    } finally {
      host.close(links);
    }
  }

  async #publish(
    tree: Tree,
    placed: { losses: readonly Loss[]; entries: number; record: UnpackRecord | undefined; notes: NoteList },
  ): Promise<UnpackResult> {
    const { notes, entries, record } = placed;
    let { losses } = placed;
    await waitForOthers(this.#target);
    this.#options.signal?.throwIfAborted();
    publish({
      target: this.#target,
      staging: this.#staging,
      tree,
      policy: this.#policy,
      record,
      onRootLosses: (found) => {
        losses = withRootLosses(losses, found);
        refuseLosses(losses, this.#options.allowLossy ?? false);
      },
    });
    if (record === undefined && this.#options.record !== false) notes.add({ code: 'RECORD_NOT_WRITTEN' });
    noteHostXattrs(tree, this.#policy, notes);
    return {
      directory: this.#target.displayPath,
      reference: this.#image.reference,
      digest: this.#image.manifestDigest,
      platform: formatPlatform(this.#image.platform),
      layers: this.#image.layers.length,
      entries,
      atomic: this.#target.place === 'beside',
      ...(record === undefined ? {} : { record: this.#recordPath() }),
      losses,
      notes: notes.notes,
    };
  }

  #openRecord(): UnpackRecord | undefined {
    const { parent, name } = this.#target;
    if (this.#options.record === false || name === '') return undefined;
    const { manifestDigest: digest, layers, reference } = this.#image;
    const { onConflict = 'replace' } = this.#options;
    const head = { digest, layers: layers.length, onConflict, reference, policy: this.#policy };
    return UnpackRecord.open(parent, name, head);
  }

  #recordPath(): string {
    const { displayPath, name } = this.#target;
    return path.join(path.dirname(path.resolve(displayPath)), toJsonText(recordName(name)));
  }
}

/** A directory with this entry would be taken for the remains of a killed run, and cleared. */
function checkRootNames({ root }: Tree): void {
  if (!root.children?.has(incompleteName)) return;
  const what = `the image has an entry ${incompleteName} at its root, which marks an incomplete unpack`;
  throw new HoldfastError('HOST_UNSUPPORTED', { what, hint: `leave it out with --exclude ${incompleteName}` });
}

function withRootLosses(losses: readonly Loss[], found: readonly PlacedLoss[]): Loss[] {
  return [...losses.filter(({ path }) => path !== ''), ...found.map((loss) => ({ ...loss, path: '' as ByteString }))];
}

function noteHostXattrs(tree: Tree, policy: AttributePolicy, notes: NoteList): void {
  if (policy.hostXattrs) return;
  for (const { path, inode } of walk(tree)) {
    for (const name of inode.xattrs?.keys() ?? []) {
      if (isHostXattr(name)) notes.add({ code: 'XATTR_NOT_SET', path, detail: name });
    }
  }
}
