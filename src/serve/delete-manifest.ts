/** DELETE of tags and manifests. Their blobs stay until `holdfast store gc` or a DELETE of their own. */
import type { Digest } from '../base/index.ts';
import type { Descriptor } from '../oci/index.ts';
import { type Answer, fault } from './answer.ts';
import { reachableFrom } from './catalogue.ts';
import { type Entries, withoutManifest, withoutTag } from './change-entries.ts';
import { sortEntries } from './holdings.ts';
import type { RegistryState } from './registry-state.ts';
import { readDigest } from './routes.ts';

/** A tag alone, or a manifest with all its tags. What an index of the repository still refers to is refused. */
export async function deleteManifest(state: RegistryState, repository: string, reference: string): Promise<Answer> {
  if (!state.catalogue.holdings().has(repository)) return fault('NAME_UNKNOWN', `there is no repository ${repository}`);
  const digest = readDigest(reference);
  let answer: Answer = { status: 202 };
  await state.store.update((entries) => {
    const [changed, problem] =
      digest === undefined
        ? removeTag(state, entries, repository, reference)
        : removeManifest(state, entries, repository, digest);
    answer = problem ?? { status: 202 };
    return changed;
  });
  return answer;
}

type Removal = readonly [entries: Entries, problem?: Answer];

function removeTag({ home }: RegistryState, entries: Entries, repository: string, tag: string): Removal {
  if (sortEntries(entries, home).get(repository)?.tags.has(tag) !== true) return [entries, unknown(repository, tag)];
  return [withoutTag(entries, { repository, home }, tag)];
}

function removeManifest({ home, facts }: RegistryState, entries: Entries, repository: string, digest: Digest): Removal {
  const changed = withoutManifest(entries, { repository, home }, digest);
  const left = reachableFrom(rootsOf(changed, repository, home), facts);
  if (left.has(digest)) {
    const message = `an index in ${repository} refers to ${digest}; delete that first`;
    return [entries, fault('DENIED', message, { status: 409 })];
  }
  return changed.length === entries.length ? [entries, unknown(repository, digest)] : [changed];
}

function rootsOf(entries: Entries, repository: string, home: string): Iterable<Descriptor> {
  return sortEntries(entries, home).get(repository)?.roots.values() ?? [];
}

function unknown(repository: string, reference: string): Answer {
  return fault('MANIFEST_UNKNOWN', `there is no manifest ${reference} in ${repository}`);
}
