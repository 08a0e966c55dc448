/** Opening blobs that may not be there. */
import fs from 'node:fs';
import { join } from 'node:path';
import { type Digest, digestAlgorithm, digestHex } from '../base/index.ts';
import type { LayoutStore, StoredBlob } from '../store/index.ts';

/**
 * As `store.open`, which writes down everything it is asked for so that nobody removes it: what clients invent must not
 * fill the disk.
 *
 * @throws STORE_INVALID, HOST_REFUSED
 */
export function openBlob(store: LayoutStore, digest: Digest): StoredBlob | undefined {
  const path = join(store.directory, 'blobs', digestAlgorithm(digest), digestHex(digest));
  return fs.existsSync(path) ? store.open(digest) : undefined;
}
