/** Content on its way out: exactly as long as its descriptor says, and its own failures told from the connection's. */
import { type BlobContent, HoldfastError } from '../base/index.ts';
import type { Descriptor } from '../oci/index.ts';

export interface ExactContent extends BlobContent {
  /** What went wrong with the content itself, as opposed to the connection that it was sent over. */
  readonly failure: unknown;
  readonly hasFailed: boolean;
}

export interface ExactContentOptions {
  readonly descriptor: Descriptor;
  readonly content: BlobContent;
  /** Bytes of the blob that were handed out, counted from its beginning; less than before when it is sent again. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** @throws SIZE_MISMATCH when the content is known to have another size */
export function exactContent({ descriptor, content, onProgress }: ExactContentOptions): ExactContent {
  if (content.size !== descriptor.size) throw wrongSize(descriptor, content.size);
  let failure: unknown;
  let hasFailed = false;
  async function* open(position: number): AsyncGenerator<Uint8Array, void, undefined> {
    let at = position;
    try {
      for await (const chunk of content.open(position)) {
        at += chunk.length;
        if (at > descriptor.size) throw wrongSize(descriptor, at);
        onProgress?.(at);
        yield chunk;
      }
      if (at < descriptor.size) throw wrongSize(descriptor, at);
    } catch (error) {
      failure = error;
      hasFailed = true;
      throw error;
    }
  }
  return {
    size: descriptor.size,
    open,
    get failure() {
      return failure;
    },
    get hasFailed() {
      return hasFailed;
    },
  };
}

function wrongSize({ digest, size }: Descriptor, actual: number): HoldfastError {
  return new HoldfastError('SIZE_MISMATCH', { expected: size, actual, what: `blob ${digest}` });
}
