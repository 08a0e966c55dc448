import type { DiffId, Digest } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import { formatPlatform } from '../oci/index.ts';
import { type NoteFacts, noteFacts } from './note-facts.ts';

/** The metadata of one image, from its documents alone. Keys that the image does not set are absent. */
export interface ImageReport {
  readonly reference: string;
  /** Digest of the manifest. */
  readonly digest: Digest;
  readonly mediaType: string;
  readonly configDigest: Digest;
  /** `os/architecture[/variant]`. */
  readonly platform: string;
  /** RFC 3339, as the config has it. */
  readonly created?: string;
  readonly author?: string;
  /** Bytes of all layers as stored. */
  readonly size: number;
  /** Bottom first. */
  readonly layers: readonly LayerReport[];
  readonly user?: string;
  readonly env?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly workdir?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly stopSignal?: string;
  readonly exposedPorts?: readonly string[];
  readonly volumes?: readonly string[];
  /** Of the manifest. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly notes: readonly NoteFacts[];
}

export interface LayerReport {
  /** 1 is the bottom layer. */
  readonly number: number;
  readonly digest: Digest;
  readonly diffId: DiffId;
  /** Bytes as stored. */
  readonly size: number;
  readonly mediaType: string;
}

/** What an image says about itself. Reads no layer. */
export function inspectImage(image: Image): ImageReport {
  const { config, manifest } = image;
  return {
    reference: image.reference,
    digest: image.manifestDigest,
    mediaType: image.mediaType,
    configDigest: manifest.config.digest,
    platform: formatPlatform(image.platform),
    ...defined({ created: config.created, author: config.author }),
    size: image.layers.reduce((sum, { size }) => sum + size, 0),
    layers: image.layers.map(({ number, digest, diffId, size, mediaType }) => ({
      number,
      digest,
      diffId,
      size,
      mediaType,
    })),
    ...runtimeFacts(image),
    ...defined({ annotations: manifest.annotations }),
    notes: image.notes.map(noteFacts),
  };
}

function runtimeFacts({ config }: Image) {
  const runtime = config.config;
  if (runtime === undefined) return {};
  return defined({
    user: runtime.User === '' ? undefined : runtime.User,
    env: runtime.Env,
    entrypoint: runtime.Entrypoint,
    cmd: runtime.Cmd,
    workdir: runtime.WorkingDir === '' ? undefined : runtime.WorkingDir,
    labels: runtime.Labels,
    stopSignal: runtime.StopSignal,
    exposedPorts: runtime.ExposedPorts && Object.keys(runtime.ExposedPorts),
    volumes: runtime.Volumes && Object.keys(runtime.Volumes),
  });
}

type Defined<Facts> = { readonly [Key in keyof Facts]?: Exclude<Facts[Key], undefined> };

/** Only the keys that have a value. */
function defined<Facts extends Record<string, unknown>>(facts: Facts): Defined<Facts> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Defined<Facts>;
}
