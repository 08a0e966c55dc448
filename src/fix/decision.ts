import type { ByteString } from '../base/index.ts';

/** Something that the image does not say, or says otherwise, and that a repair takes to be meant. */
export interface Decision {
  readonly rule: string;
  /** From 1, bottom first. */
  readonly layer: number;
  readonly path: ByteString;
  /**
   * `bound`: the link is to what its target is at the end of the layer; `dropped`: the entry is left out; `linked`: the name
   * becomes one more of `target`, with which it shares content and attributes.
   */
  readonly what: 'bound' | 'dropped' | 'linked';
  readonly target: ByteString;
}
