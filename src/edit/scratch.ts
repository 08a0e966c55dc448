/** `scratch`: the image that has nothing, to begin with. */
import { HoldfastError } from '../base/index.ts';
import { digestOf } from '../codec/index.ts';
import { type ImageSource, thisMachine } from '../image/index.ts';
import { mediaTypes, parseManifest, type Platform } from '../oci/index.ts';
import { NewBlobs } from './new-blobs.ts';

/** What an empty base is called where an image is expected, as in a Dockerfile. */
export const scratch = 'scratch';

/** No variant: what this machine can do says nothing about what will be put on it. */
export function scratchSource(platform?: Platform): ImageSource {
  const { os, architecture, variant } = platform ?? { ...thisMachine(), variant: undefined };
  const config = jsonBytes({
    created: '1970-01-01T00:00:00Z',
    architecture,
    os,
    variant,
    config: {},
    rootfs: { type: 'layers', diff_ids: [] },
    history: [],
  });
  const digest = digestOf(config);
  const manifest = jsonBytes({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest, size: config.length },
    layers: [],
  });
  const document = parseManifest(manifest, { what: 'the manifest' });
  const blobs = new NewBlobs();
  blobs.addBytes(digest, config);
  return blobs.over(nothing, { bytes: manifest, digest: digestOf(manifest), document });
}

function jsonBytes(document: object): Buffer {
  return Buffer.from(JSON.stringify(document));
}

const refuse = (): never => {
  throw new HoldfastError('BUG', { message: 'scratch was asked for a blob' });
};

const nothing: ImageSource = {
  get root() {
    return refuse();
  },
  readBlob: refuse,
  openBlob: refuse,
  content: refuse,
  referrers: async () => [],
  [Symbol.asyncDispose]: async () => {},
};
