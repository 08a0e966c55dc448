/** What a copy takes and tells. */
import type { EditedImage, EditOptions, EditResult, LayerWriting } from '../edit/index.ts';
import type { OnConflict } from '../tree/index.ts';
import type { CopyPlanReport } from './plan-report.ts';

export interface CopyPathsOptions extends EditOptions, LayerWriting {
  /**
   * Paths and globs in the tree that is copied from. A symbolic link is followed inside the root; a directory gives what
   * it holds. A byte that is not valid UTF-8 is the lone surrogate U+DC80 to U+DCFF, here and in {@link dest}.
   */
  readonly sources: readonly string[];
  /**
   * Where to, from the root of the image on whether it begins with "/" or not. A directory if it ends in "/", is one, if
   * there are several sources, or if one is a directory.
   */
  readonly dest: string;
  /**
   * `follow` unless told otherwise: through symbolic links that lead to directories. `replace`: by name, as `COPY --link`.
   * `error`: by name, and nothing may be replaced.
   */
  readonly onConflict?: OnConflict;
  /** What DEST holds goes first; DEST itself stays as it is. */
  readonly clear?: boolean;
  /** Paths and globs that stay behind, relative to their source, each with everything below it. */
  readonly exclude?: readonly string[];
  /** The directories above a source come along; those before a "/./" do not. */
  readonly parents?: boolean;
  /** `USER[:GROUP]` or `:GROUP`: numbers, or names that the image knows. */
  readonly chown?: string;
  /** Octal or symbolic, as chmod(1) takes it. */
  readonly chmod?: string;
  /** Of an image that is copied from, the state after its first layers. */
  readonly atLayer?: number;
  /** Of a directory that is copied from: xattrs that belong to the host's own policy, too. */
  readonly hostXattrs?: boolean;
  /** Say in the annotations what the image was before, so that it can be rebased later. */
  readonly setBaseAnnotations?: boolean;
}

export interface CopyPathsResult extends Omit<EditResult, 'images'> {
  /** What was copied from. */
  readonly from: string;
  readonly images: readonly CopiedImage[];
}

export interface CopiedImage extends EditedImage {
  readonly plan: CopyPlanReport;
}
