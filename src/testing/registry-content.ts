/** What a test registry holds: repositories of blobs, manifests and tags, and uploads under way. */
import { createHash } from 'node:crypto';
import { type Digest, digestAlgorithm, digestHex } from '../base/index.ts';

export interface StoredManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: Digest;
}

export interface RepositoryContent {
  readonly blobs: Map<Digest, Buffer>;
  readonly manifests: Map<Digest, StoredManifest>;
  readonly tags: Map<string, Digest>;
}

export interface Upload {
  readonly id: string;
  readonly repository: string;
  chunks: Buffer[];
  size: number;
  /** Counts answers, for the state in the query of the Location. */
  turn: number;
}

/** Several test registries can stand before one content. */
export class RegistryContent {
  readonly repositories = new Map<string, RepositoryContent>();
  readonly uploads = new Map<string, Upload>();
  #uploads = 0;

  /** The repository, made when it is absent. */
  repository(name: string): RepositoryContent {
    const present = this.repositories.get(name);
    if (present) return present;
    const made: RepositoryContent = { blobs: new Map(), manifests: new Map(), tags: new Map() };
    this.repositories.set(name, made);
    return made;
  }

  /** A manifest by tag or digest. */
  manifest(name: string, reference: string): StoredManifest | undefined {
    const repository = this.repositories.get(name);
    const digest = repository?.tags.get(reference) ?? (reference as Digest);
    return repository?.manifests.get(digest);
  }

  /** A blob in any repository. */
  blob(digest: string): Buffer | undefined {
    for (const { blobs } of this.repositories.values()) {
      const blob = blobs.get(digest as Digest);
      if (blob) return blob;
    }
    return undefined;
  }

  beginUpload(repository: string): Upload {
    this.#uploads += 1;
    const upload = { id: `upload-${this.#uploads}`, repository, chunks: [], size: 0, turn: 0 };
    this.uploads.set(upload.id, upload);
    return upload;
  }
}

/** Whether bytes are what a digest names. */
export function isDigestOf(digest: Digest, bytes: Uint8Array): boolean {
  return createHash(digestAlgorithm(digest)).update(bytes).digest('hex') === digestHex(digest);
}
