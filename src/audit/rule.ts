/** How a hazard shows in an image. */
import type { ByteString } from '../base/index.ts';
import type { Hazard, Severity, TargetName } from '../hazards/index.ts';
import type { ImageFacts } from './image-facts.ts';

/** A hazard that shows in an image. */
export interface Rule extends Hazard {
  /** Of a finding wherever the image goes. What only some programs do (C…) is a note until one of them is named. */
  readonly severity: Severity;
  /** How bad it is for those who are known to be hurt. */
  readonly targets?: Targets;
  /** What was found, for one place and for several, such as "hard link has" and "hard links have"; a count comes before. */
  readonly message: { readonly one: string; readonly many: string };
  /** Where it shows, in any order. */
  readonly find: (image: ImageFacts) => Iterable<Hit>;
}

export type Targets = Readonly<Partial<Record<TargetName, Severity>>>;

/** One place where a hazard shows. */
export interface Hit {
  /** From 1, bottom first. */
  readonly layer: number;
  readonly path: ByteString;
  /** The other path that it is about, such as the target of a link. */
  readonly other?: ByteString;
  /** What it costs. */
  readonly bytes?: number;
}
