/** The images that images are built on. */
import { type Image, imageIn, type ImageSource, resolvePlatform } from '../image/index.ts';
import type { Platform } from '../oci/index.ts';
import type { Workshop } from './edit-images.ts';
import { type ImageState, stateOf } from './image-state.ts';
import { scratch, scratchSource } from './scratch.ts';

export interface BaseImage {
  /** As it was named. */
  readonly reference: string;
  readonly image: Image;
  readonly state: ImageState;
  /** Where its blobs are. */
  readonly source: ImageSource;
}

/** Opens each once; they are closed with the edit. */
export class BaseImages {
  readonly #workshop: Workshop;

  constructor(workshop: Workshop) {
    this.#workshop = workshop;
  }

  /**
   * @param platform of the image that is built on it; one that says nothing is built on this machine's.
   * @throws PLATFORM_NOT_FOUND, every code of references and documents
   */
  async open(reference: string, platform: Platform): Promise<BaseImage> {
    const wanted = platform.os === 'unknown' ? undefined : platform;
    const source = await this.source(reference, wanted);
    const image = await imageIn(source, await resolvePlatform(source, wanted), reference);
    this.#workshop.closing.use(image);
    return { reference, image, state: stateOf(image), source };
  }

  async source(reference: string, platform?: Platform): Promise<ImageSource> {
    return reference === scratch ? scratchSource(platform) : await this.#workshop.open(reference);
  }
}
