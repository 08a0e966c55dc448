import { HoldfastError } from '../base/index.ts';

/** One run of ids: `size` ids from `image` on stand for those from `host` on. */
export interface IdRange {
  readonly image: number;
  readonly host: number;
  readonly size: number;
}

/** Ids of the image to ids on disk; an empty list changes nothing. */
export type IdMap = readonly IdRange[];

/**
 * The id on disk for an id of the image.
 * @throws HOST_UNSUPPORTED when a map is given and does not cover the id
 */
export function mapId(map: IdMap, id: number): number {
  if (map.length === 0) return id;
  for (const range of map) {
    if (id >= range.image && id < range.image + range.size) return range.host + (id - range.image);
  }
  throw new HoldfastError('HOST_UNSUPPORTED', {
    what: `the id ${id} of the image is not covered by --uid-map or --gid-map`,
    hint: 'add a range that covers it, such as 0:100000:65536 (image:host:size)',
  });
}
