/** `commit`: what changed in a live directory becomes the next layer of the image it was. */
import os from 'node:os';
import { HoldfastError } from '../base/index.ts';
import { appendLayers, type EditOptions, type EditResult, mutateImage } from '../edit/index.ts';
import { host, openUnnamedFile } from '../host/index.ts';
import type { WriteLayerOptions, WrittenLayer } from '../layer/index.ts';
import { openTree, type OpenTree } from '../trees/index.ts';
import { writeChunks } from './layer-file.ts';
import { openLiveTarget, type UpperDirectory } from './open-target.ts';
import { type SnapshotFacts, type SnapshotOptions, takeSnapshot } from './snapshot.ts';
import { writeChanges } from './write-changes.ts';

export interface CommitOptions
  extends
    Omit<EditOptions, 'all' | 'platforms' | 'keepAttestations'>,
    Pick<SnapshotOptions, 'platform' | 'onConflict' | 'ignore' | 'exact' | 'hostXattrs'>,
    Pick<WriteLayerOptions, 'level'> {
  /** gzip unless told otherwise. */
  readonly compression?: WriteLayerOptions['compression'];
  /** Say in the annotations what the image was before, so that it can be rebased later. */
  readonly setBaseAnnotations?: boolean;
}

export interface CommitResult extends EditResult, Omit<SnapshotFacts, 'notes'> {
  /** The layer that was added; absent where nothing changed. */
  readonly layer?: WrittenLayer;
}

/**
 * Puts what changed in a directory on an image as one more layer. The layers of the image stay as they are, byte for byte;
 * where nothing changed the image stays as it is altogether.
 *
 * @param base a reference to an image that can be read again, which rules out stdin
 *
 * @example
 * import { commit } from 'holdfast';
 *
 * await commit('debian:12', 'rootfs', 'registry.example/app:1', { history: 'apt-get install curl' });
 *
 * @throws USAGE, NAME_IS_MARKER, CONTENT_CHANGED, HOST_REFUSED, and every code of references, documents, layers, the network
 * and the store
 */
export async function commit(
  base: string,
  directory: string | UpperDirectory,
  to: string,
  options: CommitOptions = {},
): Promise<CommitResult> {
  refuseStdin(base);
  const { limits, compression = 'gzip', ...others } = options;
  const opening: SnapshotOptions = { ...others, ...(limits && { limits }), compression };
  await using before = await openTree(base, opening);
  requireImage(before, base);
  await using after = await openLiveTarget(before, directory, opening);
  const { planned, notes, ...facts } = await takeSnapshot(before, after, opening);
  const edit = editOptions(options);
  if (facts.isEmpty) {
    const { created, history, ...unchanged } = edit;
    void [created, history];
    return withNotes({ ...facts, ...checked(await mutateImage(base, to, unchanged), before) }, notes);
  }
  using file = temporaryFile();
  const layer = await writeChanges(after.target, planned.plan, (chunks) => writeChunks(file.handle, chunks), opening);
  const made = await appendLayers(base, to, { history: 'holdfast commit', ...edit, layerPaths: [file.path] });
  return withNotes({ ...facts, ...checked(made, before), layer }, notes);
}

function editOptions(options: CommitOptions): EditOptions & Pick<CommitOptions, 'setBaseAnnotations'> {
  const { platform, compression, level, ignore, exact, hostXattrs, onConflict, ...edit } = options;
  void [compression, level, ignore, exact, hostXattrs, onConflict];
  return { ...edit, platforms: platform === undefined ? [] : [platform] };
}

function withNotes(result: CommitResult, notes: SnapshotFacts['notes']): CommitResult {
  return { ...result, notes: [...notes, ...result.notes] };
}

function refuseStdin(base: string): void {
  if (!/^(?:oci|docker)-archive:-(?::|$)/.test(base)) return;
  const hint = 'write it to a file first';
  throw new HoldfastError('USAGE', { message: 'the base is read more than once, which stdin cannot be', hint });
}

function requireImage({ image }: OpenTree, base: string): void {
  if (image !== undefined) return;
  const hint = 'only an image can get one more layer; for the layer alone: holdfast snapshot';
  throw new HoldfastError('REFERENCE_INVALID', { reference: base, reason: 'it names no image', hint });
}

/** The reference is resolved twice, and a tag may move. */
function checked(result: EditResult, { image, reference }: OpenTree): EditResult {
  const [made] = result.images;
  if (made?.sourceDigest === image?.manifestDigest) return result;
  const expected = image?.manifestDigest ?? '';
  const what = `the base ${reference}, which became another image meanwhile`;
  throw new HoldfastError('DIGEST_MISMATCH', { expected, actual: made?.sourceDigest ?? '', what });
}

/** A file that no name leads to, but a path that this process can open it by. */
function temporaryFile(): Disposable & { readonly handle: number; readonly path: string } {
  const handle = openUnnamedFile(os.tmpdir());
  return { handle, path: `/proc/self/fd/${handle}`, [Symbol.dispose]: () => host.close(handle) };
}
