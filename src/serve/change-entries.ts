/**
 * What pushing and deleting make of the entries of index.json. Pure. A manifest that loses its tag stays, without a name,
 * in its repository: somebody may have pinned its digest.
 */
import type { Digest } from '../base/index.ts';
import { type Descriptor, refNameOf } from '../oci/index.ts';
import { onlyNameless } from './holdings.ts';
import { placeOf, refNameAnnotation, repositoryAnnotation, repositoryOfNameless } from './layout-names.ts';

export type Entries = readonly Descriptor[];

/** Which entries are meant. */
export interface Target {
  readonly repository: string;
  /** See `homeRepository`. */
  readonly home: string;
}

/** Moves every name that means the tag, and makes sure that `NAME:TAG` is one. */
export function withTag(entries: Entries, target: Target, tag: string, manifest: Descriptor): Entries {
  const spelledOut = `${target.repository}:${tag}`;
  const displaced = entriesOfTag(entries, target, tag);
  const moved = entries.flatMap((entry) => {
    if (isNamelessCopy(entry, target, manifest.digest)) return [];
    if (!displaced.includes(entry)) return [entry];
    const name = refNameOf(entry);
    return name === undefined || name === spelledOut ? [] : [named(manifest, name)];
  });
  return kept([...moved, named(manifest, spelledOut)], target, displaced);
}

export function withoutTag(entries: Entries, target: Target, tag: string): Entries {
  const displaced = entriesOfTag(entries, target, tag);
  const rest = entries.filter((entry) => !displaced.includes(entry));
  return kept(rest, target, displaced);
}

/** Adds a manifest without a tag; one that is there stays as it is. */
export function withManifest(entries: Entries, target: Target, manifest: Descriptor): Entries {
  return kept(entries, target, [manifest]);
}

/** Removes a manifest with all its tags. */
export function withoutManifest(entries: Entries, target: Target, digest: Digest): Entries {
  return entries.filter((entry) => !isIn(entry, target) || entry.digest !== digest);
}

function entriesOfTag(entries: Entries, { repository, home }: Target, tag: string): Entries {
  const only = tag === 'latest' && repository === home ? onlyNameless(entries) : undefined;
  return entries.filter((entry) => {
    const place = placeOf(entry, home);
    if (place.repository !== repository) return false;
    if (refNameOf(entry) !== undefined) return place.tag === tag;
    return entry.digest === only?.digest && repositoryOfNameless(entry) === undefined;
  });
}

function isIn(entry: Descriptor, target: Target): boolean {
  return placeOf(entry, target.home).repository === target.repository;
}

/** The entries, with a nameless one for each of these manifests that the repository would lose. */
function kept(entries: Entries, target: Target, manifests: readonly Descriptor[]): Entries {
  const held = new Set(entries.filter((entry) => isIn(entry, target)).map((entry) => entry.digest));
  const lost = new Map(manifests.filter(({ digest }) => !held.has(digest)).map((entry) => [entry.digest, entry]));
  return [...entries, ...[...lost.values()].map((entry) => nameless(entry, target.repository))];
}

function isNamelessCopy(entry: Descriptor, { repository }: Target, digest: Digest): boolean {
  return entry.digest === digest && refNameOf(entry) === undefined && repositoryOfNameless(entry) === repository;
}

function named(manifest: Descriptor, name: string): Descriptor {
  return annotated(manifest, { [refNameAnnotation]: name });
}

function nameless(manifest: Descriptor, repository: string): Descriptor {
  return annotated(manifest, { [repositoryAnnotation]: repository });
}

function annotated(manifest: Descriptor, annotations: Readonly<Record<string, string>>): Descriptor {
  const { mediaType, digest, size, platform } = manifest;
  return { mediaType, digest, size, ...(platform === undefined ? {} : { platform }), annotations };
}
