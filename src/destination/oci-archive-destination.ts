/** `oci-archive:`: an OCI layout in one tar file. */
import type { BlobContent, BlobOutcome } from '../base/index.ts';
import type { Descriptor, LayoutReference } from '../oci/index.ts';
import { openArchiveOutput } from './archive-output.ts';
import { ArchiveWriter } from './archive-writer.ts';
import { checkedContent } from './checked-content.ts';
import type { Delivered, DestinationDocument, ImageDestination, PutOptions } from './image-destination.ts';
import { blobPath, entryOf, layoutFile, layoutIndex, Referrers } from './layout-documents.ts';
import type { NamedServices } from './services.ts';
import { requireDigest } from './wanted-digest.ts';

/** @throws HOST_REFUSED */
export async function openOciArchive(target: LayoutReference, services: NamedServices): Promise<ImageDestination> {
  return new OciArchive(new ArchiveWriter(await openArchiveOutput(target.path, services.stdout)), target, services);
}

class OciArchive implements ImageDestination {
  readonly reference: string;
  readonly holdsIndexes = true;
  readonly isSequential = true;
  readonly #writer: ArchiveWriter;
  readonly #target: LayoutReference;
  readonly #services: NamedServices;
  readonly #referrers = new Referrers();

  constructor(writer: ArchiveWriter, target: LayoutReference, services: NamedServices) {
    this.#writer = writer;
    this.#target = target;
    this.#services = services;
    this.reference = services.reference;
  }

  putBlob(descriptor: Descriptor, content: BlobContent, options?: PutOptions): Promise<BlobOutcome> {
    const path = blobPath(descriptor.digest);
    return this.#writer.inTurn(async () => {
      if (this.#writer.has(path)) return 'existed';
      await this.#writer.addContent(path, checkedContent(descriptor, content, options));
      return 'written';
    });
  }

  async putDocument(document: DestinationDocument): Promise<void> {
    await this.#writer.inTurn(() => this.#writer.addBytes(blobPath(document.digest), document.bytes));
    this.#referrers.add(document);
  }

  async finish(root: DestinationDocument, options: PutOptions = {}): Promise<Delivered> {
    requireDigest(this.reference, this.#target.digest, root.digest);
    const { tag } = this.#target;
    const entry = entryOf(root, tag === undefined ? {} : { annotations: { [refName]: tag } });
    await this.#writer.inTurn(async () => {
      await this.#writer.addBytes(blobPath(root.digest), root.bytes);
      await this.#writer.addBytes('oci-layout', layoutFile);
      await this.#writer.addBytes('index.json', layoutIndex([entry, ...this.#referrers.besides(root)]));
      options.signal?.throwIfAborted();
      this.#services.onEvent?.({ kind: 'phase', phase: 'publish' });
      await this.#writer.publish();
    });
    return { digest: root.digest };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer[Symbol.asyncDispose]();
  }
}

const refName = 'org.opencontainers.image.ref.name';
