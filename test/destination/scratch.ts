/** Directories, contents and copies that the tests of this folder share. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { BlobContent } from '../../src/base/index.ts';
import {
  type Delivered,
  type DestinationDocument,
  type DestinationServices,
  type ImageDestination,
  openDestination,
} from '../../src/destination/index.ts';
import { parseDocument, parseReference } from '../../src/oci/index.ts';
import {
  type BuiltImage,
  type BuiltIndex,
  type BuiltLayer,
  directory,
  file,
  hardlink,
  imageOf,
  type ImageOptions,
  layerOf,
  symlink,
} from '../../src/testing/index.ts';

/** A directory that is removed after the test, on memory where there is some. */
export function scratch(test: TestContext): string {
  const base = fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const path = fs.mkdtempSync(join(base, 'holdfast-destination-'));
  test.after(() => fs.rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Bytes as content, given in chunks that are overwritten when the next is asked for. */
export function contentOf(bytes: Uint8Array, chunkBytes = 10_000): BlobContent {
  return {
    size: bytes.length,
    open: async function* (position) {
      const buffer = Buffer.alloc(chunkBytes);
      for (let at = position; at < bytes.length; at += chunkBytes) {
        const part = bytes.subarray(at, at + chunkBytes);
        buffer.fill('overwritten').set(part);
        yield buffer.subarray(0, part.length);
        // Whoever kept it without copying has garbage.
        buffer.fill(0xee);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

export function documentOf({ mediaType, digest, ...built }: BuiltImage | BuiltIndex): DestinationDocument {
  const bytes = 'manifest' in built ? built.manifest : built.bytes;
  return { bytes, digest, mediaType, document: parseDocument(bytes, { mediaType, what: 'the manifest' }) };
}

/** Config and layers, in the order of the manifest, several at once. */
export async function putBlobs(destination: ImageDestination, image: BuiltImage): Promise<void> {
  const { document } = documentOf(image);
  if (document.kind !== 'manifest') throw new Error('not an image');
  await Promise.all([
    destination.putBlob(document.config, contentOf(image.config)),
    ...image.layers.map(({ bytes }, at) => {
      const descriptor = document.layers[at];
      if (descriptor === undefined) throw new Error('the manifest has fewer layers');
      return destination.putBlob(descriptor, contentOf(bytes));
    }),
  ]);
}

/** Everything below a root, children first. */
export async function putChildren(destination: ImageDestination, root: BuiltImage | BuiltIndex): Promise<void> {
  if (root.kind === 'image') return await putBlobs(destination, root);
  for (const member of root.members) {
    await putChildren(destination, member);
    await destination.putDocument(documentOf(member));
  }
}

export async function deliver(
  reference: string,
  root: BuiltImage | BuiltIndex,
  services: DestinationServices = {},
): Promise<Delivered> {
  await using destination = await openDestination(parseReference(reference), { reference, ...services });
  await putChildren(destination, root);
  return await destination.finish(documentOf(root));
}

type Compression = 'gzip' | 'none' | 'zstd';

/** A layer with a link group and a file that does not compress. */
export function layerWith(text: string, compression: Compression = 'gzip'): BuiltLayer {
  const entries = [
    directory(`${text}/`),
    file(`${text}/a`, text),
    hardlink(`${text}/b`, `${text}/a`),
    symlink(`${text}/c`, 'a'),
    file(`${text}/noise`, createHash('shake256', { outputLength: 70_000 }).update(text).digest()),
  ];
  return layerOf(entries, { compression });
}

/** Three layers, the first of which comes twice. */
export function imageWith(compression: Compression = 'gzip', options: ImageOptions = {}): BuiltImage {
  const first = layerWith('first', compression);
  return imageOf([first, layerWith('second', compression), first], {
    config: { Cmd: ['/bin/true'], Labels: { a: 'b' } },
    ...options,
  });
}
