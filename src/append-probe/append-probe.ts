/** `append-probe`: an image with the probe in it, ready to be started. */
import { HoldfastError } from '../base/index.ts';
import {
  asLayerOf,
  changedConfig,
  type Edit,
  editImages,
  type EditOptions,
  type EditResult,
  familyOf,
  type ImageState,
  type JsonObject,
  type LayerState,
  type LayerWriting,
  newStep,
  withCreated,
  withSteps,
  type Workshop,
  writtenLayer,
} from '../edit/index.ts';
import type { Image } from '../image/index.ts';
import { formatPlatform } from '../oci/index.ts';
import { loadRootfs } from '../rootfs/index.ts';
import { fileLayer } from './file-layer.ts';
import { nodeOfImage } from './image-node.ts';
import { nodeRuntime, probeFiles, probePath } from './probe-files.ts';

export interface AppendProbeOptions extends EditOptions, LayerWriting {
  /** Put this machine's Node into the image even if it has one. Where it has none that is done in any case. */
  readonly withNode?: boolean;
  /** Make the probe what containers of the image run; unless given, the config stays as it is. */
  readonly asEntrypoint?: boolean;
  /** The one-file build of the probe; that of this installation unless given. */
  readonly program?: string;
}

export interface AppendProbeResult extends EditResult {
  /** In the order in which the images were edited. */
  readonly starts: readonly ProbeStart[];
}

/** How the probe of one image is started. */
export interface ProbeStart {
  readonly platform: string;
  /** The words of the command. It wants HOLDFAST_PROBE_TOKEN in its environment, and takes `--addr HOST:PORT`. */
  readonly command: readonly string[];
  /** Whose Node runs it. */
  readonly node: 'image' | 'included';
  /** Who runs it, where the image says that; whoever is not root may not see everything. */
  readonly user?: string;
}

/** What `PORT` is where nobody says anything else; that of Cloud Run. */
const usualPort = 8080;

/**
 * Puts the probe on an image as one more layer, all of it below `/.holdfast`. What stands there is in the image then, so a
 * running container is to be verified against the image that this makes.
 *
 * @example
 * import { appendProbe } from 'holdfast';
 *
 * const { starts } = await appendProbe('registry.example/app:1', 'registry.example/app:1-probe', { asEntrypoint: true });
 * console.log(starts[0]?.command.join(' '));
 *
 * @throws HOST_UNSUPPORTED where the image needs a Node and this machine's does not run there, HOST_REFUSED when the probe
 * was not built, and every code of references, documents, layers, the network and the store
 */
export async function appendProbe(
  from: string,
  to: string,
  options: AppendProbeOptions = {},
): Promise<AppendProbeResult> {
  const starts: ProbeStart[] = [];
  const onStart = (start: ProbeStart): unknown => starts.push(start);
  const result = await editImages(from, to, options, (workshop) => new Addition(workshop, options, onStart));
  return { ...result, starts };
}

class Addition implements Edit {
  readonly #workshop: Workshop;
  readonly #options: AppendProbeOptions;
  readonly #onStart: (start: ProbeStart) => void;
  /** By what is in them: most images of an index get the same. */
  readonly #layers = new Map<string, LayerState>();

  constructor(workshop: Workshop, options: AppendProbeOptions, onStart: (start: ProbeStart) => void) {
    this.#workshop = workshop;
    this.#options = options;
    this.#onStart = onStart;
  }

  async image(image: Image, state: ImageState): Promise<ImageState> {
    const { platform, config, manifest } = image;
    if (platform.os !== 'linux')
      throw new HoldfastError('HOST_UNSUPPORTED', { what: `a probe cannot be put into an image for ${platform.os}` });
    const own = this.#options.withNode === true ? undefined : await this.#nodeOf(image);
    const runtime = own === undefined ? nodeRuntime(platform) : undefined;
    const files = [...probeFiles(platform, this.#options.program), ...(runtime?.files ?? [])];
    const family = familyOf(manifest.mediaType);
    const layer = asLayerOf(family, await this.#layer(files), this.#workshop);
    const command = [...(runtime?.command ?? [own ?? '']), `/${probePath}`];
    const user = config.config?.User;
    this.#onStart({
      platform: formatPlatform(platform),
      command,
      node: own === undefined ? 'included' : 'image',
      ...(user ? { user } : {}),
    });
    const changed = this.#described(this.#started(state.config, command), state.layers.length);
    return { ...state, config: changed, layers: [...state.layers, layer] };
  }

  async #nodeOf(image: Image): Promise<string | undefined> {
    const { signal, onEvent, limits, jobs } = this.#options;
    const watched = { ...(signal && { signal }), ...(onEvent && { onEvent }), ...(limits && { limits }) };
    const { tree } = await loadRootfs(image, { ...watched, ...(jobs === undefined ? {} : { jobs }) });
    return nodeOfImage(image, tree);
  }

  async #layer(files: Parameters<typeof fileLayer>[0]): Promise<LayerState> {
    const key = files.map(({ path, file }) => `${path} ${file}`).join('\n');
    const known = this.#layers.get(key);
    if (known !== undefined) return known;
    const { plan, open } = fileLayer(files);
    const layer = await writtenLayer(plan, open, 'oci', { bench: this.#workshop, options: this.#options });
    this.#layers.set(key, layer);
    return layer;
  }

  #started(config: JsonObject, entrypoint: readonly string[]): JsonObject {
    if (this.#options.asEntrypoint !== true) return config;
    return changedConfig(config, { entrypoint, env: { PORT: String(usualPort) }, ports: [String(usualPort)] });
  }

  #described(config: JsonObject, layers: number): JsonObject {
    const { created, history = 'holdfast append-probe' } = this.#options;
    const dated = withCreated(config, created);
    return withSteps(dated, layers, [newStep(dated, { createdBy: history, created })]);
  }
}
