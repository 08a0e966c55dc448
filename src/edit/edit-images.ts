/** One edit from reference to reference: opens both, edits every image, and hands the result over as a copy does. */
import path from 'node:path';
import { HoldfastError, type Note, NoteList } from '../base/index.ts';
import { type ImageDestination, openDestination } from '../destination/index.ts';
import {
  type ImageSource,
  isIndex,
  isManifest,
  openSource,
  resolvePlatform,
  type VerifiedDocument,
} from '../image/index.ts';
import { formatImageName, parsePlatform, parseReference, type Platform, type Reference } from '../oci/index.ts';
import { type RegistryClient, useRegistry } from '../registry/index.ts';
import { type CopiedBlobs, ImageCopy } from '../transfer/index.ts';
import { DocumentEdit } from './edit-documents.ts';
import type { Edit, EditOptions, EditResult } from './edit.ts';
import { NewBlobs } from './new-blobs.ts';
import { scratch, scratchSource } from './scratch.ts';

/** What an edit works with besides the image itself. */
export interface Workshop {
  /** Where what is made goes. */
  readonly blobs: NewBlobs;
  readonly note: (note: Note) => void;
  /** Closed once the result is delivered, or has failed. */
  readonly closing: AsyncDisposableStack;
  /** Any other image, opened once; it is closed with the rest. */
  open(reference: string): Promise<ImageSource>;
}

/** How an edit is run, besides what its user asks for. */
export interface RunOptions extends EditOptions {
  /**
   * When the destination is opened, which may leave an empty layout there: before the images are edited unless told otherwise,
   * so that what is wrong with it is said early; `late`, once they are; or `never`, and nothing is written.
   */
  readonly delivery?: 'late' | 'never';
}

/**
 * Edits what `from` names into what `to` names. Nothing appears under the destination's name before everything it needs is
 * there. What the edit leaves as it is keeps its bytes, layers above all.
 *
 * @throws every code of references, documents, the network, the store and the host, and what the edit throws
 */
export async function editImages(
  from: string,
  to: string,
  options: RunOptions,
  begin: (workshop: Workshop) => Edit | Promise<Edit>,
): Promise<EditResult> {
  const platforms = (options.platforms ?? []).map(parsePlatform);
  const target = parseReference(to);
  checkCreated(options.created);
  await using closing = new AsyncDisposableStack();
  const registry = closing.use(useRegistry(options));
  const { signal, onEvent, limits } = options;
  onEvent?.({ kind: 'phase', phase: 'open' });
  const workshop = createWorkshop(options, registry, closing);
  const source = from === scratch ? scratchSource(platforms[0]) : await workshop.open(from);
  const root = await chooseRoot(source, platforms, options.all ?? false);
  if (root !== source.root) refuseOverwriting(from, target, platforms);
  const open = async (): Promise<ImageDestination> => {
    const services = { registry, stdout: options.stdout, env: options.network?.env, limits, onEvent, signal };
    const destination = closing.use(await openDestination(target, { reference: to, ...services }));
    requireIndexes(root, destination);
    return destination;
  };
  const opened = options.delivery === undefined ? await open() : undefined;
  const { blobs, note } = workshop;
  const documents = new DocumentEdit(source, await begin(workshop), blobs, {
    reference: from,
    onlyPlatforms: isIndex(root) ? platforms : [],
    keepAttestations: options.keepAttestations ?? false,
    onNote: note,
    signal,
  });
  const edited = await documents.run(root);
  const result = (): Omit<EditResult, 'digest' | 'changed' | 'blobs'> => ({
    source: from,
    destination: to,
    sourceDigest: root.digest,
    mediaType: edited.document.mediaType,
    images: documents.images,
    notes: workshop.notes.notes,
  });
  if (options.delivery === 'never') return { ...result(), digest: edited.digest, blobs: nothingCopied };
  const copy = new ImageCopy(blobs.over(source, edited), opened ?? (await open()), {
    ...options,
    onlyPlatforms: [],
    referrers: false,
    isSameRegistry: false,
    mountFrom: ({ digest }) => {
      const found = blobs.repositoryOf(source, digest);
      const isThere = target.transport === 'registry' && found?.registry === target.name.registry;
      return isThere ? [found.repository] : [];
    },
  });
  onEvent?.({ kind: 'phase', phase: 'copy' });
  const { digest, changed } = await copy.run(edited);
  return { ...result(), digest, ...(changed === undefined ? {} : { changed }), blobs: copy.blobs };
}

const nothingCopied: CopiedBlobs = { copied: 0, existed: 0, mounted: 0, shared: 0, bytes: 0 };

function createWorkshop(
  options: EditOptions,
  registry: RegistryClient,
  closing: AsyncDisposableStack,
): Workshop & { readonly notes: NoteList } {
  const { signal, onEvent, stdin, limits, network } = options;
  const opening = { registry, network, stdin, limits, ...(signal && { signal }), ...(onEvent && { onEvent }) };
  const opened = new Map<string, Promise<ImageSource>>();
  const notes = new NoteList();
  const open = async (reference: string): Promise<ImageSource> => closing.use(await openSource(reference, opening));
  return {
    blobs: new NewBlobs(),
    closing,
    notes,
    note: (note) => {
      notes.add(note);
      onEvent?.({ kind: 'note', note });
    },
    open: (reference) => {
      const opening = opened.get(reference) ?? open(reference);
      opened.set(reference, opening);
      return opening;
    },
  };
}

/** An index is edited whole only when that is asked for, as it is copied. */
async function chooseRoot(
  source: ImageSource,
  platforms: readonly Platform[],
  isWhole: boolean,
): Promise<VerifiedDocument> {
  if (isWhole ? isIndex(source.root) : platforms.length === 0 && isManifest(source.root)) return source.root;
  if (platforms.length > 1) {
    const hint = 'add --all to keep the index, with the images of these platforms edited';
    throw new HoldfastError('USAGE', { message: 'several platforms do not make one image', hint });
  }
  const chosen = await resolvePlatform(source, platforms[0]);
  return chosen.digest === source.root.digest ? source.root : chosen;
}

/**
 * Whoever edits an image in place does not expect to lose those of all other platforms.
 * @param from names an index of which one image is taken
 * @throws USAGE where that image would get its name unasked
 */
export function refuseOverwriting(from: string, target: Reference, platforms: readonly Platform[]): void {
  if (platforms.length > 0 || placeOf(parseReference(from)) !== placeOf(target)) return;
  const message = `one image would replace the index ${from}`;
  throw new HoldfastError('USAGE', {
    message,
    hint: 'edit every image of it with --all, or say which one with --platform',
  });
}

/** Equal for references to one name. */
function placeOf(reference: Reference): string {
  if (reference.transport === 'registry' || reference.transport === 'docker-daemon') {
    return `${reference.transport} ${formatImageName(reference.name)}`;
  }
  const name = reference.transport === 'docker-archive' ? '' : (reference.tag ?? reference.digest ?? '');
  return `${reference.transport} ${path.resolve(reference.path)} ${name}`;
}

function requireIndexes(root: VerifiedDocument, destination: ImageDestination): void {
  if (!isIndex(root) || destination.holdsIndexes) return;
  const message = `${destination.reference} holds single images, not an index of several`;
  throw new HoldfastError('USAGE', { message, hint: 'leave out --all, and choose an image with --platform' });
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

function checkCreated(created: string | undefined): void {
  if (created === undefined || (rfc3339.test(created) && Number.isFinite(Date.parse(created)))) return;
  const message = `${JSON.stringify(created)} is not a time`;
  throw new HoldfastError('USAGE', { message, hint: 'times look like 2026-01-31T12:00:00Z (RFC 3339)' });
}
