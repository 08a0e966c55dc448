/** Images made up for measuring: one with very many entries, one with a single huge file. */
import { createHash, type Hash, randomFillSync } from 'node:crypto';
import { createWriteStream, mkdirSync, renameSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type BenchImage, blobPath, type Descriptor, openImage, writeLayout } from './images.ts';
import { packageSize, plausibleEntries } from './plausible-names.ts';
import { blockSize, entrySize, type UstarEntry, writeHeader } from './ustar.ts';

interface LayerBlob {
  readonly descriptor: Descriptor;
  readonly diffId: string;
}

/** Shares of the entries in three layers, bottom first, and where among the packages each layer begins. */
const layerShares = [
  { share: 0.6, from: 0 },
  { share: 0.25, from: 0.5 },
  { share: 0.15, from: 0.3 },
];

/** An image of `count` entries with tiny bodies, in three gzip layers. */
export async function manyEntries(layout: string, count: number, signal: AbortSignal): Promise<BenchImage> {
  const layers: LayerBlob[] = [];
  for (const [layer, { share, from }] of layerShares.entries()) {
    const firstPackage = Math.floor((count * from) / packageSize);
    const entries = plausibleEntries({ layer, firstPackage, count: Math.round(count * share) });
    layers.push(await writeLayer(layout, tinyFiles(entries), { gzip: true, signal }));
  }
  return await writeImage(layout, layers);
}

/** An image with one file of `bytes` random bytes in one layer. */
export async function hugeFile(
  layout: string,
  bytes: number,
  how: { readonly gzip: boolean; readonly signal: AbortSignal },
): Promise<BenchImage> {
  return await writeImage(layout, [await writeLayer(layout, randomFile(bytes), how)]);
}

async function writeLayer(
  layout: string,
  tar: Iterable<Buffer>,
  { gzip, signal }: { readonly gzip: boolean; readonly signal: AbortSignal },
): Promise<LayerBlob> {
  mkdirSync(blobPath(layout, 'sha256:'), { recursive: true });
  const [diffId, digest] = [createHash('sha256'), createHash('sha256')];
  const unfinished = blobPath(layout, 'sha256:unfinished');
  let size = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      digest.update(chunk);
      done(null, chunk);
    },
  });
  const file = createWriteStream(unfinished);
  const plain = Readable.from(hashed(tar, diffId), { objectMode: false });
  const gzipped = createGzip({ level: 1, chunkSize: 256 * 1024 });
  await (gzip ? pipeline(plain, gzipped, count, file, { signal }) : pipeline(plain, count, file, { signal }));
  const name = `sha256:${digest.digest('hex')}`;
  renameSync(unfinished, blobPath(layout, name));
  const mediaType = `application/vnd.oci.image.layer.v1.tar${gzip ? '+gzip' : ''}`;
  return { descriptor: { mediaType, digest: name, size }, diffId: `sha256:${diffId.digest('hex')}` };
}

async function writeImage(layout: string, layers: readonly LayerBlob[]): Promise<BenchImage> {
  const config = await writeDocument(layout, 'application/vnd.oci.image.config.v1+json', {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const descriptors = layers.map(({ descriptor }) => descriptor);
  const manifest = await writeDocument(layout, mediaType, { schemaVersion: 2, mediaType, config, layers: descriptors });
  writeLayout(layout, [{ ...manifest, annotations: { 'org.opencontainers.image.ref.name': 'bench' } }]);
  return openImage(layout, 'bench');
}

async function writeDocument(layout: string, mediaType: string, value: unknown): Promise<Descriptor> {
  const text = JSON.stringify(value);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  await writeFile(blobPath(layout, digest), text);
  return { mediaType, digest, size: Buffer.byteLength(text) };
}

function* hashed(chunks: Iterable<Buffer>, hash: Hash): Generator<Buffer> {
  for (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Packs entries into chunks of up to 256 KiB; bodies are zeros. */
function* tinyFiles(entries: Iterable<UstarEntry>): Generator<Buffer> {
  let chunk = Buffer.alloc(256 * 1024);
  let filled = 0;
  for (const entry of entries) {
    if (filled + entrySize(entry) > chunk.length) {
      yield chunk.subarray(0, filled);
      chunk = Buffer.alloc(chunk.length);
      filled = 0;
    }
    writeHeader(chunk, filled, entry);
    filled += entrySize(entry);
  }
  yield chunk.subarray(0, filled);
  yield Buffer.alloc(2 * blockSize);
}

function* randomFile(bytes: number): Generator<Buffer> {
  const header = Buffer.alloc(blockSize);
  writeHeader(header, 0, { name: 'random.bin', type: 'file', size: bytes });
  yield header;
  const chunk = 1024 * 1024;
  for (let left = bytes; left > 0; left -= chunk) yield randomFillSync(Buffer.alloc(Math.min(chunk, left)));
  yield Buffer.alloc(((blockSize - (bytes % blockSize)) % blockSize) + 2 * blockSize);
}
