/** What the layout holds at this moment: repositories, their tags, and every manifest that can be reached from them. */
import fs from 'node:fs';
import { join } from 'node:path';
import { type Digest, maxIndexDepth } from '../base/index.ts';
import { type Descriptor, isIndexMediaType } from '../oci/index.ts';
import type { LayoutStore } from '../store/index.ts';
import { type Holdings, type RepositoryHoldings, sortEntries } from './holdings.ts';
import type { FactReader } from './manifest-facts.ts';

export interface Catalogue {
  /** Other processes may have written meanwhile. @throws every code of documents, HOST_REFUSED */
  holdings(): Holdings;
  /** The manifest in a repository, whether it is named or only part of an index there. */
  findManifest(repository: string, digest: Digest): Descriptor | undefined;
  /** Every manifest of a repository, parents first. */
  manifests(repository: string): ReadonlyMap<Digest, Descriptor>;
}

interface Snapshot {
  readonly holdings: Holdings;
  readonly reachable: Map<RepositoryHoldings, ReadonlyMap<Digest, Descriptor>>;
}

export function openCatalogue(store: LayoutStore, facts: FactReader, home: string): Catalogue {
  let version: string | undefined;
  let snapshot: Snapshot | undefined;
  const current = (): Snapshot => {
    const now = versionOf(store.directory);
    if (snapshot === undefined || now === undefined || now !== version) {
      snapshot = { holdings: sortEntries(store.manifests(), home), reachable: new Map() };
      version = now;
    }
    return snapshot;
  };
  const manifests = (repository: string): ReadonlyMap<Digest, Descriptor> => {
    const { holdings, reachable } = current();
    const holding = holdings.get(repository);
    if (holding === undefined) return new Map();
    const known = reachable.get(holding) ?? reachableFrom(holding.roots.values(), facts);
    reachable.set(holding, known);
    return known;
  };
  return {
    holdings: () => current().holdings,
    findManifest: (repository, digest) =>
      current().holdings.get(repository)?.roots.get(digest) ?? manifests(repository).get(digest),
    manifests,
  };
}

/** Entries and what indexes lead to, breadth first, so that what is named keeps the descriptor of its name. */
export function reachableFrom(entries: Iterable<Descriptor>, facts: FactReader): Map<Digest, Descriptor> {
  const reached = new Map<Digest, Descriptor>();
  let level: readonly Descriptor[] = [...entries];
  for (let depth = 0; level.length > 0 && depth <= maxIndexDepth; depth++) {
    const fresh = level.filter(({ digest }) => !reached.has(digest));
    for (const descriptor of fresh) reached.set(descriptor.digest, descriptor);
    const indexes = fresh.filter(({ mediaType }) => isIndexMediaType(mediaType));
    level = indexes.flatMap((index) => facts.read(index)?.manifests ?? []);
  }
  return reached;
}

/** Changes with every replacement of index.json; undefined when that cannot be told. */
function versionOf(directory: string): string | undefined {
  const stats = fs.statSync(join(directory, 'index.json'), { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}
