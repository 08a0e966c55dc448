/** Media types of layers: those of OCI in OCI's manifests, Docker's in Docker's. */
import { type Compression, compressionOfMediaType } from '../codec/index.ts';
import { isForeignLayerMediaType, isLayerMediaType, type ManifestMediaType, mediaTypes } from '../oci/index.ts';

/** Whose media types the documents of an image have. */
export type Family = 'oci' | 'docker';

export function familyOf(mediaType: ManifestMediaType): Family {
  return mediaType === mediaTypes.dockerManifest ? 'docker' : 'oci';
}

export function layerMediaType(family: Family, compression: Compression): string {
  return typed(plain[family], family, compression);
}

/** The type of the other family that means the same; what is no type of a layer stays as it is. */
export function inFamily(mediaType: string, family: Family): string {
  const compression = compressionOfMediaType(mediaType);
  if (compression === undefined || !isLayerMediaType(mediaType)) return mediaType;
  return typed(isForeignLayerMediaType(mediaType) ? foreign[family] : plain[family], family, compression);
}

const plain = { oci: mediaTypes.ociLayer, docker: mediaTypes.dockerLayer } as const;
const foreign = {
  oci: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
  docker: 'application/vnd.docker.image.rootfs.foreign.diff.tar',
} as const;

function typed(tar: string, family: Family, compression: Compression): string {
  return compression === 'none' ? tar : `${tar}${family === 'oci' ? '+' : '.'}${compression}`;
}
