/** Documents about other documents: signatures, SBOMs, attestations. They live as long as what they are about. */
import type { Digest } from '../base/index.ts';
import { type Descriptor, refNameOf } from '../oci/index.ts';
import type { ListedBlob } from './inventory.ts';
import { asDigest, type Layout } from './layout.ts';
import { type Reach, readReferences } from './reach.ts';

export class Referrers {
  readonly #bySubject = new Map<Digest, Digest[]>();

  /** Finds them among these blobs. @throws HOST_REFUSED */
  constructor(layout: Layout, blobs: Iterable<ListedBlob>) {
    for (const { digest, problem } of blobs) {
      const subject = problem === undefined ? readReferences(layout, digest)?.subject : undefined;
      if (subject === undefined) continue;
      this.#bySubject.set(subject, [...(this.#bySubject.get(subject) ?? []), digest]);
    }
  }

  /** Adds those whose subject is reached, and theirs. @throws HOST_REFUSED */
  addTo(reach: Reach): void {
    let before = -1;
    while (reach.digests.size > before) {
      before = reach.digests.size;
      for (const [subject, referrers] of this.#bySubject) {
        if (reach.has(subject)) for (const referrer of referrers) reach.add(referrer);
      }
    }
  }
}

/**
 * What an entry of an index is about: the subject of its document, or for an entry called `sha256-…` the digest in that
 * name (OCI distribution-spec, "Referrers Tag Schema").
 * @throws HOST_REFUSED
 */
export function subjectOf(layout: Layout, entry: Descriptor): Digest | undefined {
  const tag = refNameOf(entry)?.replace(/^.*:/s, '');
  const named = tag === undefined ? undefined : asDigest(tag.replace(/^(sha\d+)-/, '$1:'));
  return named ?? readReferences(layout, entry.digest)?.subject;
}
