import type { EditOptions, LayerWriting } from '../edit/index.ts';
import type { Delink } from './delink.ts';

export interface FixOptions extends Omit<EditOptions, 'created' | 'history'>, LayerWriting {
  /** Ids of the rules to repair by; all that keep the tree, and those for layers that cannot be laid, unless given. */
  readonly rules?: readonly string[];
  /** Undo every link group of the image, for runtimes that break hard links. */
  readonly delink?: Delink;
  /** Take what has to be decided to be meant. */
  readonly accept?: boolean;
  /** Write nothing, and tell what would be written. */
  readonly dryRun?: boolean;
}
