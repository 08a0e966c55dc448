/** `commit`: what changed in a live directory becomes the next layer of the image it was. */
import { HoldfastError } from '../base/index.ts';
import {
  type Edit,
  editImages,
  type EditOptions,
  type EditResult,
  familyOf,
  type ImageState,
  layerMediaType,
  type LayerState,
  newLayer,
  noteZstd,
  temporaryFile,
  withMoreLayers,
  type Workshop,
} from '../edit/index.ts';
import type { Image } from '../image/index.ts';
import type { WriteLayerOptions, WrittenLayer } from '../layer/index.ts';
import {
  openLiveTarget,
  type SnapshotFacts,
  type SnapshotOptions,
  takeSnapshot,
  type UpperDirectory,
  writeChanges,
} from '../snapshot/index.ts';
import { parseTreeReference, treeOfImage } from '../trees/index.ts';

export interface CommitOptions
  extends
    Omit<EditOptions, 'all' | 'platforms' | 'keepAttestations'>,
    Pick<SnapshotOptions, 'platform' | 'onConflict' | 'ignore' | 'exact' | 'hostXattrs' | 'crossMounts'>,
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
 * @param base a reference to an image
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
  requireImage(base);
  const { platform, ...others } = options;
  const platforms = platform === undefined ? [] : [platform];
  let work: Commit | undefined;
  const result = await editImages(base, to, { ...others, platforms, delivery: 'late' }, (workshop) => {
    work = new Commit(base, directory, { workshop, options });
    return work;
  });
  const { notes, ...facts } = work?.facts ?? raise();
  return { ...facts, ...result, notes: [...notes, ...result.notes] };
}

class Commit implements Edit {
  /** What was found, once it was. */
  facts: (SnapshotFacts & Pick<CommitResult, 'layer'>) | undefined;
  readonly #base: string;
  readonly #directory: string | UpperDirectory;
  readonly #workshop: Workshop;
  readonly #options: CommitOptions;

  constructor(
    base: string,
    directory: string | UpperDirectory,
    { workshop, options }: { readonly workshop: Workshop; readonly options: CommitOptions },
  ) {
    this.#base = base;
    this.#directory = directory;
    this.#workshop = workshop;
    this.#options = options;
  }

  async image(image: Image, state: ImageState): Promise<ImageState> {
    const { limits, compression = 'gzip', ...others } = this.#options;
    const opening: SnapshotOptions = { ...others, ...(limits && { limits }), compression };
    await using before = await treeOfImage(this.#base, image, opening);
    await using after = await openLiveTarget(before, this.#directory, opening);
    const { planned, ...facts } = await takeSnapshot(before, after, opening);
    this.facts = facts;
    if (facts.isEmpty) return state;
    const file = temporaryFile(this.#workshop);
    const written = await writeChanges(after.target, planned.plan, file.take, opening);
    this.facts = { ...facts, layer: written };
    return this.#extended(image, state, this.#layer(image, written, file.fd));
  }

  #layer(image: Image, { digest, size, diffId }: WrittenLayer, fd: number): LayerState {
    const family = familyOf(image.manifest.mediaType);
    const { compression = 'gzip' } = this.#options;
    this.#workshop.blobs.addFile({ digest, size, fd });
    if (compression === 'zstd') noteZstd(family, this.#workshop);
    return newLayer({ digest, size, mediaType: layerMediaType(family, compression), diffId, origin: 'written' });
  }

  #extended(image: Image, state: ImageState, layer: LayerState): ImageState {
    const { created, history: createdBy = 'holdfast commit', setBaseAnnotations } = this.#options;
    const { note } = this.#workshop;
    const more = { from: this.#base, created, setBaseAnnotations, note };
    return withMoreLayers(image, state, [{ layer, createdBy }], more);
  }
}

function requireImage(reference: string): void {
  const { kind } = parseTreeReference(reference);
  if (kind === 'image' || kind === 'file') return;
  const hint = 'only an image can get one more layer; for the layer alone: holdfast snapshot';
  throw new HoldfastError('REFERENCE_INVALID', { reference, reason: 'it names no image', hint });
}

function raise(): never {
  throw new HoldfastError('BUG', { message: 'nothing was compared' });
}
