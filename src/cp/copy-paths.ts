/** `cp`: paths of any tree, copied into an image. */
import { editImages } from '../edit/index.ts';
import { requireOneStdin } from '../trees/index.ts';
import type { CopyPathsOptions, CopyPathsResult } from './copy-options.ts';
import { parseCopyRequest } from './copy-request.ts';
import { PathCopy } from './path-copy.ts';
import type { CopyPlanReport } from './plan-report.ts';

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
  requireOneStdin([from, into]);
  const plans: CopyPlanReport[] = [];
  const result = await editImages(into, to, { ...options, delivery: 'late' }, (workshop) => {
    const { onConflict, ...others } = options;
    void onConflict;
    const onPlan = (plan: CopyPlanReport) => plans.push(plan);
    return new PathCopy(workshop, { ...others, from, into, request, onPlan });
  });
  const images = result.images.map((image, at) => ({ ...image, plan: plans[at] as CopyPlanReport }));
  return { from, ...result, images };
}
