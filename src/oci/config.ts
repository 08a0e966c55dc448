/** The config of an image: its platform, how it is run, and the DiffIDs of its layers (OCI image-spec, config.md). */
import * as v from 'valibot';
import type { DiffId } from '../base/index.ts';
import { parseJson } from './json.ts';
import { diffId, flag, list, optional, record, shape, type StringMap, stringMap, text } from './shape.ts';

/** Field names are those of the document; unknown fields are kept. */
export interface ImageConfig {
  readonly architecture?: string | undefined;
  readonly os?: string | undefined;
  readonly variant?: string | undefined;
  readonly 'os.version'?: string | undefined;
  /** RFC 3339. */
  readonly created?: string | undefined;
  readonly author?: string | undefined;
  readonly config?: RuntimeConfig | undefined;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly DiffId[] };
  readonly history?: readonly HistoryEntry[] | undefined;
}

/** How a container of the image is run. */
export interface RuntimeConfig {
  readonly User?: string | undefined;
  readonly Env?: readonly string[] | undefined;
  readonly Entrypoint?: readonly string[] | undefined;
  readonly Cmd?: readonly string[] | undefined;
  readonly WorkingDir?: string | undefined;
  readonly Labels?: StringMap | undefined;
  readonly StopSignal?: string | undefined;
  readonly ExposedPorts?: Readonly<Record<string, unknown>> | undefined;
  readonly Volumes?: Readonly<Record<string, unknown>> | undefined;
}

export interface HistoryEntry {
  readonly created?: string | undefined;
  readonly created_by?: string | undefined;
  readonly author?: string | undefined;
  readonly comment?: string | undefined;
  /** The step made no layer. */
  readonly empty_layer?: boolean | undefined;
}

/**
 * @param what names the document in errors.
 * @throws DOCUMENT_INVALID, DIGEST_INVALID, LIMIT_EXCEEDED past 4 MiB
 */
export function parseConfig(bytes: Uint8Array, what = 'the config'): ImageConfig {
  return shape(imageConfig, parseJson(bytes, what), what);
}

/** Whether the steps that made a layer are as many as the layers; a config without history has nothing to contradict. */
export function historyMatches(config: ImageConfig, layers: number): boolean {
  const { history } = config;
  if (history === undefined || history.length === 0) return true;
  return history.filter((step) => step.empty_layer !== true).length === layers;
}

const anyMap: v.GenericSchema<unknown, Readonly<Record<string, unknown>>> = v.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'should be an object',
);

const runtimeConfig: v.GenericSchema<unknown, RuntimeConfig> = record({
  User: optional(text),
  Env: optional(list(text)),
  Entrypoint: optional(list(text)),
  Cmd: optional(list(text)),
  WorkingDir: optional(text),
  Labels: optional(stringMap),
  StopSignal: optional(text),
  ExposedPorts: optional(anyMap),
  Volumes: optional(anyMap),
});

const historyEntry: v.GenericSchema<unknown, HistoryEntry> = record({
  created: optional(text),
  created_by: optional(text),
  author: optional(text),
  comment: optional(text),
  empty_layer: optional(flag),
});

// Docker leaves diff_ids out when there are none.
const rootfs: v.GenericSchema<unknown, ImageConfig['rootfs']> = record({
  type: v.literal('layers'),
  diff_ids: v.nullish(v.array(diffId), []),
});

const imageConfig: v.GenericSchema<unknown, ImageConfig> = record({
  architecture: optional(text),
  os: optional(text),
  variant: optional(text),
  'os.version': optional(text),
  created: optional(text),
  author: optional(text),
  config: optional(runtimeConfig),
  rootfs,
  history: optional(list(historyEntry)),
});
