/** The media types of the documents and layers that make an image. */

export const mediaTypes = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
} as const;

export type ManifestMediaType = typeof mediaTypes.ociManifest | typeof mediaTypes.dockerManifest;
export type IndexMediaType = typeof mediaTypes.ociIndex | typeof mediaTypes.dockerManifestList;

export function isManifestMediaType(mediaType: string): mediaType is ManifestMediaType {
  return mediaType === mediaTypes.ociManifest || mediaType === mediaTypes.dockerManifest;
}

export function isIndexMediaType(mediaType: string): mediaType is IndexMediaType {
  return mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerManifestList;
}

/** Docker image manifest version 2, schema 1: no layer sizes, no config, a digest over part of the document only. */
export function isSchema1MediaType(mediaType: string): boolean {
  return /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/.test(mediaType);
}

/** Whether a config of this type describes a root file system; artifacts (charts, signatures) have other types. */
export function isImageConfigMediaType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociConfig || mediaType === mediaTypes.dockerConfig;
}

const layerPattern =
  /^application\/vnd\.(?:oci\.image\.layer(?:\.nondistributable)?\.v1|docker\.image\.rootfs(?:\.foreign)?\.diff)\.tar(?:[+.](?:gzip|zstd))?$/;

/** Whether a layer of this type is a tar archive that Holdfast reads. */
export function isLayerMediaType(mediaType: string): boolean {
  return layerPattern.test(mediaType);
}

/** Layers that registries do not hold: they have `urls`, and their blob is often not there. */
export function isForeignLayerMediaType(mediaType: string): boolean {
  return isLayerMediaType(mediaType) && /\.nondistributable\.|\.foreign\./.test(mediaType);
}
