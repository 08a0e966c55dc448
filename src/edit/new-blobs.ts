/** What an edit makes, and where the rest comes from: together the source of the edited image. */
import type { Digest } from '../base/index.ts';
import { contentOfFile, type ImageSource, type OpenedContent, type VerifiedDocument } from '../image/index.ts';
import type { Descriptor } from '../oci/index.ts';
import type { Repository } from '../registry/index.ts';

/** Bytes on an open file. */
export interface FileBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly fd: number;
}

/** Files and sources that are given to it stay whoever's they are. */
export class NewBlobs {
  readonly #bytes = new Map<Digest, Uint8Array>();
  readonly #files = new Map<Digest, FileBlob>();
  readonly #sources = new Map<Digest, ImageSource>();

  addBytes(digest: Digest, bytes: Uint8Array): void {
    this.#bytes.set(digest, bytes);
  }

  addFile(blob: FileBlob): void {
    this.#files.set(blob.digest, blob);
  }

  /** The file that was added for a blob, where one was. */
  file(digest: Digest): FileBlob | undefined {
    return this.#files.get(digest);
  }

  /** A blob of another image. */
  addFrom(source: ImageSource, digest: Digest): void {
    this.#sources.set(digest, source);
  }

  /** The repository a blob is in, where it is in one. */
  repositoryOf(original: ImageSource, digest: Digest): Repository | undefined {
    if (this.#bytes.has(digest) || this.#files.has(digest)) return undefined;
    return (this.#sources.get(digest) ?? original).repository;
  }

  /** Everything new over everything old, with what the edit led to as its root. */
  over(original: ImageSource, root: VerifiedDocument): ImageSource {
    return {
      root,
      readBlob: async (descriptor, what) =>
        this.#bytes.get(descriptor.digest) ?? (await original.readBlob(descriptor, what)),
      openBlob: (descriptor, signal) => original.openBlob(descriptor, signal),
      content: (descriptor, signal) => this.#content(original, descriptor, signal),
      referrers: async () => [],
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async #content(original: ImageSource, descriptor: Descriptor, signal?: AbortSignal): Promise<OpenedContent> {
    const bytes = this.#bytes.get(descriptor.digest);
    if (bytes !== undefined) return contentOfBytes(bytes);
    const file = this.#files.get(descriptor.digest);
    if (file !== undefined)
      return contentOfFile({ fd: file.fd, offset: 0, size: file.size, [Symbol.dispose]: () => {} });
    return await (this.#sources.get(descriptor.digest) ?? original).content(descriptor, signal);
  }
}

function contentOfBytes(bytes: Uint8Array): OpenedContent {
  return {
    size: bytes.length,
    open: async function* (position) {
      if (position < bytes.length) yield bytes.subarray(position);
    },
    [Symbol.dispose]: () => {},
  };
}
