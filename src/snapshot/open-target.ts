/** What is compared with a base: any tree, a live directory, or what an overlay file system kept of the changes to the base. */
import { HoldfastError } from '../base/index.ts';
import { openOverlay } from '../overlay/index.ts';
import { openTree, type OpenTree, type OpenTreeOptions, parseTreeReference, realDirectory } from '../trees/index.ts';
import { type FoundRecord, knownRows, recordOf, type RecordUse } from './recorded-directory.ts';
import { restoredTree } from './restored-tree.ts';
import { openSetUp } from './set-up-overlay.ts';

/** The upper directory of an overlay file system whose lower directory is the base as it was unpacked, and unchanged. */
export interface UpperDirectory {
  readonly upper: string;
}

export interface TargetOptions extends OpenTreeOptions {
  /** The content of every file counts as unknown, whatever the unpack record says. */
  readonly exact?: boolean | undefined;
}

/** A tree to be compared; disposing of it closes the tree. */
export interface OpenedTarget extends AsyncDisposable {
  readonly target: OpenTree;
  /** What the unpack record beside the directory was good for. */
  readonly record: RecordUse;
  /** The record that tells of losses of the directory, but not what they are: nothing of it can be written. */
  readonly unusable?: string;
}

/**
 * Where a directory was unpacked from the base, what nobody touched since is what the base has there, as the unpack record
 * tells.
 * @param target a reference to any tree, or an upper directory, of which alone is read
 * @throws the codes of `openTree` and `openOverlay`
 */
export async function openTarget(
  base: OpenTree,
  target: string | UpperDirectory,
  options: TargetOptions,
): Promise<OpenedTarget> {
  if (typeof target !== 'string') return opened(await openUpper(base, target, options), 'none');
  const parsed = parseTreeReference(target);
  const overlaid = parsed.kind === 'rootfs' ? await openSetUp(base, parsed.directory, options) : undefined;
  if (overlaid !== undefined) return opened(overlaid, 'used');
  if (parsed.kind !== 'rootfs' || base.image === undefined) return opened(await openTree(target, options), 'none');
  const directory = realDirectory(parsed.directory);
  const found: FoundRecord = directory === undefined ? { use: 'none' } : recordOf(base, directory);
  const { use, record, lossy } = found;
  if (record === undefined) return opened(await openTree(target, options), use, lossy);
  const { exact, ...others } = options;
  const known = knownRows(record, exact ?? false);
  const tree = await openTree(target, { ...others, known });
  const { live } = tree;
  const isAnother = live?.rows.known(0) === undefined;
  const restored = live ? restoredTree(tree, live, { base: base.tree, record, known }) : tree;
  return opened(restored, use, isAnother ? lossy : undefined);
}

/** @throws RECORD_UNUSABLE */
export function refuseUnknownLosses({ target, unusable: record }: OpenedTarget): void {
  if (record === undefined) return;
  throw new HoldfastError('RECORD_UNUSABLE', { directory: target.directory ?? target.reference, record });
}

/** @throws USAGE where more is to be read than the upper directory */
async function openUpper(base: OpenTree, { upper }: UpperDirectory, options: TargetOptions): Promise<OpenTree> {
  const { exact = false, ...others } = options;
  if (!exact) return await openOverlay(base, upper, others);
  const message = 'an upper directory does not tell the content of every file: --exact and --upper do not go together';
  throw new HoldfastError('USAGE', { message, hint: 'name the directory where the overlay is mounted' });
}

/**
 * The same, where text is the path of a live directory.
 * @throws the codes of `scanDirectory` and `openOverlay`
 */
export async function openLiveTarget(
  base: OpenTree,
  directory: string | UpperDirectory,
  options: TargetOptions,
): Promise<OpenedTarget> {
  const { atLayer, ...rest } = options;
  void atLayer;
  const isPath = typeof directory === 'string' && !directory.startsWith('rootfs:');
  return await openTarget(base, isPath ? `rootfs:${directory}` : directory, rest);
}

function opened(target: OpenTree, record: RecordUse, unusable?: string): OpenedTarget {
  const known = unusable === undefined ? { record } : { record, unusable };
  return { target, ...known, [Symbol.asyncDispose]: async () => await target[Symbol.asyncDispose]() };
}
