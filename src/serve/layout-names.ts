/** What the names inside a layout are called in the registry: what `oci:DIR:X` reads, `HOST:PORT/X` pulls. */
import { basename, resolve } from 'node:path';
import { type Descriptor, refNameOf } from '../oci/index.ts';
import { isRepository, isTag } from './names.ts';

/** Where an entry of index.json belongs; without a tag it can be had by digest only. */
export interface Place {
  readonly repository: string;
  readonly tag?: string;
}

/** Says which repository an entry without a name belongs to. */
export const repositoryAnnotation = 'dev.holdfast.repository';
export const refNameAnnotation = 'org.opencontainers.image.ref.name';

/**
 * The repository of images that have no name of their own: that of the layout's directory, as far as it can be one.
 */
export function homeRepository(directory: string): string {
  const name = basename(resolve(directory))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return name === '' ? 'image' : name.slice(0, 128).replace(/-+$/, '');
}

/**
 * Reads a name as `docker pull HOST:PORT/X` would:
 *
 * | name in the layout | repository | tag |
 * |---|---|---|
 * | `team/app:1.2` | `team/app` | `1.2` |
 * | `debian` | `debian` | `latest` |
 * | `localhost:5000/team/app:1.2` | `team/app` | `1.2` |
 * | `V1.0`, which is no repository | that of the directory | `V1.0` |
 * | none, or one that is neither | that of the directory | |
 *
 * @param home see {@link homeRepository}
 */
export function placeOf(entry: Descriptor, home: string): Place {
  const name = refNameOf(entry);
  if (name === undefined) return { repository: repositoryOfNameless(entry) ?? home };
  const withoutHost = name.replace(/^[A-Za-z0-9.-]+:\d{1,5}\//, '');
  const place = splitName(withoutHost);
  if (place !== undefined) return place;
  return isTag(name) ? { repository: home, tag: name } : { repository: home };
}

/** The repository that was written down for an entry without a name. */
export function repositoryOfNameless(entry: Descriptor): string | undefined {
  const written = entry.annotations?.[repositoryAnnotation];
  return written !== undefined && isRepository(written) ? written : undefined;
}

function splitName(name: string): Place | undefined {
  const colon = name.lastIndexOf(':');
  const [repository, tag] = colon < 0 ? [name, 'latest'] : [name.slice(0, colon), name.slice(colon + 1)];
  return isRepository(repository) && isTag(tag) ? { repository, tag } : undefined;
}
