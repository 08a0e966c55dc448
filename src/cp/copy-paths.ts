/** `cp`: paths of any tree, copied into an image. */
import { HoldfastError } from '../base/index.ts';
import { editImages, type EditedImage, type EditOptions, type EditResult, type LayerWriting } from '../edit/index.ts';
import type { OnConflict } from '../tree/index.ts';
import { parseCopyRequest } from './copy-request.ts';
import { PathCopy } from './path-copy.ts';
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

/**
 * Copies paths of a tree into an image, as one more layer. The layers of the image stay as they are, byte for byte; of the
 * tree only the content of what is copied is read. An index that is copied from gives each image what is there for its
 * platform. Where nothing has to be written, the image stays as it is altogether.
 *
 * @param from any reference to a tree: an image, `rootfs:DIR`, `tar:FILE`, `layer:FILE` and others
 * @param into the image; `scratch` is one that has nothing
 *
 * @example
 * import { copyPaths } from 'holdfast';
 *
 * await copyPaths('tools:1', 'debian:12', 'oci:images:debian-with-tools', { sources: ['/bin/tmate'], dest: '/bin/' });
 *
 * @throws SOURCE_NOT_FOUND, OWNER_UNKNOWN, CONFLICTS_REFUSED, SYMLINK_LOOP, NAME_IS_MARKER, NAME_TOO_LONG, USAGE,
 * CONTENT_CHANGED and HOST_REFUSED for a tree that changes meanwhile, HOST_UNSUPPORTED for Windows images, and every code
 * of references, documents, layers, the network and the store
 */
export async function copyPaths(
  from: string,
  into: string,
  to: string,
  options: CopyPathsOptions,
): Promise<CopyPathsResult> {
  const request = parseCopyRequest(options);
  requireOneStdin(from, into);
  const plans: CopyPlanReport[] = [];
  const result = await editImages(into, to, { ...options, delivery: 'late' }, (workshop) => {
    const given = { ...options, from, into, request, onPlan: (plan: CopyPlanReport) => plans.push(plan) };
    return new PathCopy(workshop, given);
  });
  const images = result.images.map((image, at) => ({ ...image, plan: plans[at] as CopyPlanReport }));
  return { from, ...result, images };
}

function requireOneStdin(...references: readonly string[]): void {
  const isStdin = (reference: string): boolean => /^(?:(?:oci|docker)-archive|tar|layer|find):-(?::|$)/.test(reference);
  if (references.every(isStdin)) throw new HoldfastError('USAGE', { message: 'stdin can only be read once' });
}
