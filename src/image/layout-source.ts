/** OCI image layouts, in a directory or in a tar (OCI image-spec, image-layout.md). */
import { type Digest, HoldfastError, isHoldfastError, quoteText } from '../base/index.ts';
import { verifyBlob } from '../codec/index.ts';
import {
  type Descriptor,
  type ImageIndex,
  isIndexMediaType,
  isManifestMediaType,
  type LayoutReference,
  mediaTypes,
  parseDocument,
  parseIndex,
  parseLayoutFile,
  refNameOf,
} from '../oci/index.ts';
import { type FileTree, isNotAFile, type OpenedFile, readSmallFile } from './files.ts';
import {
  fileSource,
  type ImageSource,
  layoutBlobs,
  type OpenBlob,
  readStoredDocument,
  type VerifiedDocument,
} from './source.ts';

const mostNames = 50;

/**
 * @throws IMAGE_NOT_FOUND for no layout, no such tag or digest; IMAGE_AMBIGUOUS; ARCHIVE_INVALID
 * @throws every code of documents, SIZE_MISMATCH, DIGEST_MISMATCH, BLOB_MISSING
 */
export function openLayoutSource(files: FileTree, reference: LayoutReference): ImageSource {
  const index = readLayoutIndex(files);
  const openBlob = layoutBlobs(files);
  const root = readRoot(files, index, reference, openBlob);
  return fileSource(root, openBlob, {
    referrers: (subject) => referrersIn(index, subject, openBlob),
    [Symbol.dispose]: () => files[Symbol.dispose](),
  });
}

/** In a layout, referrers are entries of its index, and artifacts are found by their subject alone. */
function referrersIn(index: ImageIndex, subject: Digest, openBlob: OpenBlob): readonly Descriptor[] {
  const found = new Map<Digest, Descriptor>();
  for (const entry of index.manifests) {
    if (!isManifestMediaType(entry.mediaType) && !isIndexMediaType(entry.mediaType)) continue;
    const { document } = readStoredDocument(openBlob, entry, 'an entry of index.json');
    if (document.subject?.digest !== subject) continue;
    const { mediaType, digest, size } = entry;
    const { annotations, artifactType = 'config' in document ? document.config.mediaType : undefined } = document;
    found.set(digest, { mediaType, digest, size, artifactType, annotations });
  }
  return [...found.values()];
}

/** The index of a layout, once it is sure that it is one. @throws as {@link openLayoutSource} */
export function readLayoutIndex(files: FileTree): ImageIndex {
  parseLayoutFile(readRequired(files, 'oci-layout'));
  const options = { mediaType: mediaTypes.ociIndex, what: 'index.json' };
  return parseIndex(readRequired(files, 'index.json'), options);
}

function readRequired(files: FileTree, name: string): Uint8Array {
  const found = files.open(name);
  if (found === undefined) throw notALayout(files, name);
  if (isNotAFile(found))
    throw new HoldfastError('ARCHIVE_INVALID', { file: files.name, reason: `${name} ${found.problem}` });
  using file = found;
  return readSmallFile(file, name);
}

function notALayout(files: FileTree, missing: string): HoldfastError {
  const reason = `it is not an OCI image layout: it has no file ${missing}`;
  if (files.kind === 'directory') return new HoldfastError('IMAGE_NOT_FOUND', { reference: files.name, reason });
  const isDockerArchive = files.open('manifest.json') !== undefined;
  const advice = isDockerArchive ? ', but a manifest.json; perhaps docker-archive: was meant' : '';
  return new HoldfastError('ARCHIVE_INVALID', { file: files.name, reason: reason + advice });
}

function readRoot(
  files: FileTree,
  index: ImageIndex,
  reference: LayoutReference,
  openBlob: OpenBlob,
): VerifiedDocument {
  if (reference.digest !== undefined) return readByDigest(files, index, reference.digest, openBlob);
  const wanted =
    reference.tag === undefined ? onlyImage(index, files.name) : taggedImage(index, reference.tag, files.name);
  return readStoredDocument(openBlob, wanted, wanted.mediaType === mediaTypes.ociIndex ? 'the index' : 'the manifest');
}

/** A digest may also be that of a manifest which only an index inside the layout names. */
function readByDigest(files: FileTree, index: ImageIndex, digest: Digest, openBlob: OpenBlob): VerifiedDocument {
  const entry = index.manifests.find((candidate) => candidate.digest === digest);
  if (entry !== undefined) return readStoredDocument(openBlob, entry, 'the manifest');
  using file = openAny(files, index, digest, openBlob);
  const what = `the blob ${digest}`;
  const bytes = readSmallFile(file, what);
  verifyBlob(bytes, { digest, size: file.size }, what);
  return { bytes, digest, document: parseDocument(bytes, { what }) };
}

function openAny(files: FileTree, index: ImageIndex, digest: Digest, openBlob: OpenBlob): OpenedFile {
  try {
    return openBlob(digest);
  } catch (error) {
    if (!isHoldfastError(error, 'BLOB_MISSING')) throw error;
    throw notFound(files.name, error.message, namesOf(index.manifests));
  }
}

function onlyImage(index: ImageIndex, layout: string): Descriptor {
  const [first] = index.manifests;
  if (first === undefined) throw notFound(layout, 'it holds no image', []);
  return onlyOne(index.manifests, layout) ?? first;
}

function taggedImage(index: ImageIndex, tag: string, layout: string): Descriptor {
  const entries = index.manifests.filter((entry) => refNameOf(entry) === tag);
  const [first] = entries;
  if (first === undefined)
    throw notFound(layout, `there is no image ${quoteText(tag)} in it`, namesOf(index.manifests));
  return onlyOne(entries, layout, tag) ?? first;
}

/** One image under two names is one image. @throws IMAGE_AMBIGUOUS for two images */
function onlyOne(entries: readonly Descriptor[], reference: string, name?: string): Descriptor | undefined {
  const digests = new Set(entries.map((entry) => entry.digest));
  if (digests.size <= 1) return entries[0];
  const isNamed = name !== undefined;
  const names = isNamed ? [...digests].map((digest) => `@${digest}`) : namesOf(entries);
  const reason = isNamed
    ? `holds ${digests.size} images called ${quoteText(name)}`
    : `holds ${digests.size} images, and the reference names none`;
  throw new HoldfastError('IMAGE_AMBIGUOUS', { reference, available: names.slice(0, mostNames), reason });
}

/** What can follow the layout in a reference. */
function namesOf(entries: readonly Descriptor[]): readonly string[] {
  return [...new Set(entries.map((entry) => refNameOf(entry) ?? `@${entry.digest}`))];
}

function notFound(reference: string, reason: string, available: readonly string[]): HoldfastError {
  return new HoldfastError('IMAGE_NOT_FOUND', { reference, reason, available: available.slice(0, mostNames) });
}
