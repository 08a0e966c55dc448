/** The entries of a layout by repository. */
import type { Digest } from '../base/index.ts';
import { type Descriptor, refNameOf } from '../oci/index.ts';
import { placeOf, repositoryOfNameless } from './layout-names.ts';

export interface RepositoryHoldings {
  readonly tags: ReadonlyMap<string, Descriptor>;
  /** What index.json names, tagged or not. */
  readonly roots: ReadonlyMap<Digest, Descriptor>;
}

export type Holdings = ReadonlyMap<string, RepositoryHoldings>;

/** Sorts entries into repositories. A name that is spelled out goes before one that only means the same. */
export function sortEntries(entries: readonly Descriptor[], home: string): Holdings {
  const holdings = new Map<string, { tags: Map<string, Descriptor>; roots: Map<Digest, Descriptor> }>();
  for (const entry of entries) {
    const { repository, tag } = placeOf(entry, home);
    const holding = holdings.get(repository) ?? { tags: new Map(), roots: new Map() };
    holdings.set(repository, holding);
    if (!holding.roots.has(entry.digest)) holding.roots.set(entry.digest, entry);
    const isSpelledOut = refNameOf(entry) === `${repository}:${tag}`;
    if (tag !== undefined && (isSpelledOut || !holding.tags.has(tag))) holding.tags.set(tag, entry);
  }
  const only = onlyNameless(entries);
  const own = holdings.get(home);
  if (only !== undefined && own !== undefined && !own.tags.has('latest')) own.tags.set('latest', only);
  return holdings;
}

/** The one image that has no name at all, as `skopeo copy … oci:DIR` makes it: nobody can mean another by the directory. */
export function onlyNameless(entries: readonly Descriptor[]): Descriptor | undefined {
  const nameless = entries.filter(
    (entry) => refNameOf(entry) === undefined && repositoryOfNameless(entry) === undefined,
  );
  const [first] = nameless;
  return first !== undefined && nameless.every((entry) => entry.digest === first.digest) ? first : undefined;
}
