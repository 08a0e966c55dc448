import type { ByteString } from '../base/index.ts';
import type { Draft, StudiedLayer } from './draft.ts';

/** Something about a layer that other programs take badly, and that can be said better. */
export interface Rule {
  /** Stable: that of the hazard, or words. */
  readonly id: string;
  /** What it repairs, in a few words. */
  readonly title: string;
  /** What the image means has to be decided; the tree stays with every other rule. */
  readonly decides?: true;
  /** Not among the rules of who asks for none. */
  readonly isAskedFor?: true;
  /** In the order of the layer. What was decided before is no fault any more. */
  readonly find: (layer: StudiedLayer) => readonly Fault[];
  /** Says the faults better, entry by entry; where it is not given, the layer has to be written anew. */
  readonly amend?: (draft: Draft, faults: readonly Fault[], layer: StudiedLayer) => Draft;
}

export interface Fault {
  readonly path: ByteString;
  /** Of the table, where it is about one. */
  readonly row?: number;
}
