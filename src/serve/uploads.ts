/** The uploads under way. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { type Digest, type DigestAlgorithm, digestAlgorithm, digestHex } from '../base/index.ts';
import type { LayoutStore } from '../store/index.ts';
import { createUpload, type Upload } from './upload.ts';
import { createUploadFile, makePlainDirectory, openUploadDirectory, refusing } from './upload-file.ts';

export interface Uploads extends Disposable {
  /** Undefined when there are too many already. @throws HOST_REFUSED */
  begin(repository: string, algorithm: DigestAlgorithm): Upload | undefined;
  find(repository: string, id: string): Upload | undefined;
  /**
   * Verifies an upload and makes it the blob of that name. Right or wrong, it is no upload any more.
   * @throws DIGEST_MISMATCH, HOST_REFUSED
   */
  publish(upload: Upload, digest: Digest): Promise<void>;
  discard(upload: Upload): void;
}

const mostUploads = 512;
/** Milliseconds after which an upload that nobody continues is given up. */
const patience = 60 * 60 * 1000;

/** @throws STORE_INVALID, HOST_REFUSED */
export function openUploads(store: LayoutStore): Uploads {
  const directory = openUploadDirectory(store.directory);
  const uploads = new Map<string, Upload>();
  const discard = (upload: Upload): void => {
    if (uploads.delete(upload.id)) upload.discard();
  };
  const sweep = setInterval(() => {
    for (const upload of uploads.values()) if (performance.now() - upload.lastUsed > patience) discard(upload);
  }, patience / 60).unref();
  return {
    begin(repository, algorithm) {
      if (uploads.size >= mostUploads) return undefined;
      const id = randomBytes(16).toString('hex');
      const upload = createUpload(createUploadFile(directory), { id, repository }, algorithm);
      uploads.set(id, upload);
      return upload;
    },
    find(repository, id) {
      const upload = uploads.get(id);
      return upload?.repository === repository ? upload : undefined;
    },
    async publish(upload, digest) {
      try {
        await upload.verify(digest);
        await nameBlob(store, upload, digest);
      } finally {
        discard(upload);
      }
    },
    discard,
    [Symbol.dispose]() {
      clearInterval(sweep);
      for (const upload of uploads.values()) discard(upload);
    },
  };
}

/** Gives the file its name among the blobs, unless the blob is there already. */
async function nameBlob(store: LayoutStore, upload: Upload, digest: Digest): Promise<void> {
  // Asking for it first also keeps `store gc` from removing it before a manifest refers to it.
  using existing = store.open(digest);
  if (existing?.size === upload.received) return;
  const blobs = makePlainDirectory(store.directory, 'blobs', digestAlgorithm(digest));
  await upload.moveTo(join(blobs, digestHex(digest)));
  syncDirectory(blobs);
}

/** What is refused here is refused by some network file systems and Windows for all directories. */
function syncDirectory(path: string): void {
  const fd = refusing('open', path, () => fs.openSync(path, fs.constants.O_RDONLY));
  try {
    fs.fsyncSync(fd);
  } catch {
    // There is nothing to be done about it.
  } finally {
    fs.closeSync(fd);
  }
}
