/** What a docker-archive holds of one image, before and after it has a manifest. */
import type { Digest } from '../base/index.ts';
import type { ImageConfig } from '../oci/index.ts';
import type { OpenedFile } from './files.ts';
import type { VerifiedManifest } from './source.ts';

/** The parts of one image of an archive. */
export interface ArchivedParts {
  readonly config: ImageConfig;
  readonly configDigest: Digest;
  readonly configFile: OpenedFile;
  /** Bottom first. */
  readonly layers: readonly ArchivedLayer[];
}

export interface ArchivedLayer {
  /** The member, as manifest.json names it. */
  readonly member: string;
  readonly file: OpenedFile;
}

/** A manifest and where the blobs it names are. */
export interface ArchivedManifest {
  readonly root: VerifiedManifest;
  readonly blobs: ReadonlyMap<Digest, OpenedFile>;
}
