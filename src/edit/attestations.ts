/** What BuildKit adds to an index for its images: provenance and SBOMs, as entries of a platform that is none. */
import type { Descriptor } from '../oci/index.ts';

const typeKey = 'vnd.docker.reference.type';
/** Of an attestation: the digest of the image in the same index that it is about. */
export const subjectKey = 'vnd.docker.reference.digest';

export function isAttestation({ platform, annotations }: Descriptor): boolean {
  if (platform?.os === 'unknown' && platform.architecture === 'unknown') return true;
  return annotations !== undefined && Object.hasOwn(annotations, typeKey);
}

export function subjectOf({ annotations }: Descriptor): string | undefined {
  return annotations && Object.hasOwn(annotations, subjectKey) ? annotations[subjectKey] : undefined;
}
