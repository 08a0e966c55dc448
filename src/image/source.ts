/** What every transport gives: the document a reference names, and blobs by descriptor. */
import { type Digest, digestAlgorithm, digestHex, HoldfastError, maxDocumentBytes } from '../base/index.ts';
import { verifyBlob } from '../codec/index.ts';
import {
  type Descriptor,
  documentTooLarge,
  embeddedData,
  type ImageDocument,
  type ImageIndex,
  type ImageManifest,
  parseDocument,
} from '../oci/index.ts';
import type { Repository } from '../registry/index.ts';
import { contentOfFile, type OpenedContent } from './blob-content.ts';
import { type FileTree, isNotAFile, type OpenedFile, readSmallFile } from './files.ts';

/** A document whose bytes were checked against their digest and parsed. */
export interface VerifiedDocument<Document extends ImageDocument = ImageDocument> {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly document: Document;
}

export type VerifiedManifest = VerifiedDocument<ImageManifest>;
export type VerifiedIndex = VerifiedDocument<ImageIndex>;

/** @throws BLOB_MISSING when there is no such blob or it is no regular file; HOST_REFUSED */
export type OpenBlob = (digest: Digest) => OpenedFile;

/** Disposing it closes what it has open; blobs that it opened are for whoever asked to close. */
export interface ImageSource extends AsyncDisposable {
  /** The manifest or index that the reference names. */
  readonly root: VerifiedDocument;
  /** The repository of a registry the blobs are in, from which another one there can take them over. */
  readonly repository?: Repository;
  /**
   * The bytes of a manifest, index or config, from the descriptor itself where it carries them.
   *
   * @param what names the document in errors, such as "the manifest".
   * @throws BLOB_MISSING, SIZE_MISMATCH, DIGEST_MISMATCH, LIMIT_EXCEEDED past 4 MiB, HOST_REFUSED, the codes of the network
   */
  readBlob(descriptor: Descriptor, what: string): Promise<Uint8Array>;
  /**
   * Opens a blob of any size. One that is not here begins to arrive, into the local store.
   *
   * @param signal ends the wait for another process that fetches the same blob, and what arrives
   * @throws BLOB_MISSING when there is no such blob or it is no regular file; HOST_REFUSED, the codes of the store
   */
  openBlob(descriptor: Pick<Descriptor, 'digest' | 'size'>, signal?: AbortSignal): Promise<OpenedFile>;
  /**
   * A blob for whoever copies it elsewhere: it does not pass through the local store.
   *
   * @param signal ends what arrives
   * @throws as `openBlob`
   */
  content(descriptor: Descriptor, signal?: AbortSignal): Promise<OpenedContent>;
  /** The manifests there whose subject is this one. @throws every code of documents and of the network */
  referrers(subject: Digest): Promise<readonly Descriptor[]>;
}

/** The path of a blob inside a layout. Made from validated digests only, so it leads nowhere else. */
export function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** Blobs as a layout keeps them. */
export function layoutBlobs(files: FileTree): OpenBlob {
  const where = files.kind === 'directory' ? 'the layout' : 'the archive';
  return (digest) => {
    const found = files.open(blobPath(digest));
    if (found === undefined) throw new HoldfastError('BLOB_MISSING', { digest, where: `it is not in ${where}` });
    if (isNotAFile(found)) throw new HoldfastError('BLOB_MISSING', { digest, where: `it ${found.problem}` });
    return found;
  };
}

/** A source whose blobs all lie in files. */
export function fileSource(
  root: VerifiedDocument,
  openBlob: OpenBlob,
  files: Disposable & { readonly referrers?: (subject: Digest) => readonly Descriptor[] },
): ImageSource {
  return {
    root,
    readBlob: async (descriptor, what) => readStoredBlob(openBlob, descriptor, what),
    openBlob: async ({ digest }) => openBlob(digest),
    // What is no member of an archive is a blob of a layout.
    content: async ({ digest }) => contentOfFile(openBlob(digest), true),
    referrers: async (subject) => files.referrers?.(subject) ?? [],
    [Symbol.asyncDispose]: async () => files[Symbol.dispose](),
  };
}

/** {@link ImageSource.readBlob} from files. @throws as it, but for the network */
export function readStoredBlob(openBlob: OpenBlob, descriptor: Descriptor, what: string): Uint8Array {
  if (descriptor.size > maxDocumentBytes) throw documentTooLarge(what);
  const embedded = embeddedData(descriptor, what);
  if (embedded !== undefined) return embedded;
  using file = openBlob(descriptor.digest);
  if (file.size !== descriptor.size) {
    throw new HoldfastError('SIZE_MISMATCH', { expected: descriptor.size, actual: file.size, what });
  }
  const bytes = readSmallFile(file, what);
  verifyBlob(bytes, descriptor, what);
  return bytes;
}

/** A manifest or index behind a descriptor, from files. @throws as {@link readStoredBlob} and `parseDocument` */
export function readStoredDocument(openBlob: OpenBlob, descriptor: Descriptor, what: string): VerifiedDocument {
  return documentOf(readStoredBlob(openBlob, descriptor, what), descriptor, what);
}

/** A manifest or index behind a descriptor. @throws as {@link ImageSource.readBlob} and `parseDocument` */
export async function readDocument(
  source: Pick<ImageSource, 'readBlob'>,
  descriptor: Descriptor,
  what: string,
): Promise<VerifiedDocument> {
  return documentOf(await source.readBlob(descriptor, what), descriptor, what);
}

function documentOf(bytes: Uint8Array, descriptor: Descriptor, what: string): VerifiedDocument {
  const document = parseDocument(bytes, { mediaType: descriptor.mediaType, what });
  return { bytes, digest: descriptor.digest, document };
}

export function isManifest(verified: VerifiedDocument): verified is VerifiedManifest {
  return verified.document.kind === 'manifest';
}

export function isIndex(verified: VerifiedDocument): verified is VerifiedIndex {
  return verified.document.kind === 'index';
}
