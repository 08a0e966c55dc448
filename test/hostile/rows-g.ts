/** G: compression and volume. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { parseDiffId } from '../../src/base/index.ts';
import {
  type BuiltLayer,
  file,
  hardlink,
  imageOf,
  layerOf,
  ociArchiveOf,
  paxHeader,
  rawEntry,
  rawTar,
  sha256Of,
  sparseFile,
  tarOf,
  type EntrySpec,
} from '../../src/testing/index.ts';
import type { HostileInput, HostileRow, Refusal } from './hostile-row.ts';

const gzipType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const zstdType = 'application/vnd.oci.image.layer.v1.tar+zstd';

/** A layer whose blob is these bytes, whatever they are, with all digests right. */
function stored(tar: Buffer, bytes: Buffer, mediaType = gzipType): { layers: [BuiltLayer] } {
  const layer = {
    bytes,
    digest: sha256Of(bytes),
    size: bytes.length,
    mediaType,
    tar,
    diffId: parseDiffId(sha256Of(tar)),
  };
  return { layers: [layer] };
}

const hello = tarOf([file('f', 'hello')]);
const helloTree = { tree: [file('f', 'hello')] };
const tooBig = (flag: string): Refusal => ({ error: 'LIMIT_EXCEEDED', says: new RegExp(`more than \\d+ [^]*${flag}`) });
const megabyte = 1024 * 1024;

export const bomb: HostileRow = {
  id: 'G1',
  title: 'a small layer becomes a huge one',
  structure:
    'Zeros that compress a thousand to one: as one file, as many, behind the end of the archive, in several layers.',
  consequence: 'The disk fills up, or the machine is busy for hours (Docker CVE-2017-14992, node-tar CVE-2026-59873).',
  verdict: 'limited',
  inputs: [
    {
      title: 'one file',
      build: () => ({ layers: [[file('f', Buffer.alloc(20 * megabyte))]] }),
      limits: { maxSizeBytes: megabyte },
      expect: tooBig('--max-size'),
    },
    {
      title: 'many files',
      build: () => ({ layers: [Array.from({ length: 100 }, (_, n) => file(`f${n}`, Buffer.alloc(20 * 1024)))] }),
      limits: { maxSizeBytes: megabyte },
      expect: tooBig('--max-size'),
    },
    {
      title: 'bytes behind the end of the archive',
      build: () => ({ layers: [Buffer.concat([hello, Buffer.alloc(5 * megabyte)])] }),
      limits: { maxSizeBytes: megabyte },
      expect: tooBig('--max-size'),
    },
    {
      title: 'three layers together',
      build: () => ({ layers: ['a', 'b', 'c'].map((name) => [file(name, Buffer.alloc(megabyte / 2))]) }),
      limits: { maxSizeBytes: megabyte },
      expect: tooBig('--max-size'),
    },
    {
      title: 'zstd',
      build: () => ({ layers: [layerOf([file('f', Buffer.alloc(20 * megabyte))], { compression: 'zstd' })] }),
      limits: { maxSizeBytes: megabyte },
      expect: tooBig('--max-size'),
    },
    {
      title: 'an archive of an image',
      build: () => ({
        archive: gzipSync(
          ociArchiveOf({
            latest: imageOf([layerOf([file('f', Buffer.alloc(5 * megabyte))], { compression: 'none' })]),
          }),
        ),
        transport: 'oci-archive',
      }),
      limits: { maxSizeBytes: megabyte },
      expect: tooBig('--max-size'),
    },
  ],
  alsoTested:
    'A bomb of ten gigabytes in ten megabytes is refused before memory or disk grow; past 8 GiB a layer may not expand more than 200 times (`--max-ratio`).',
};

export const hugeSparseFile: HostileRow = {
  id: 'G2',
  title: 'a sparse file claims to be huge',
  structure: 'A map with a few bytes and a size of up to 8 EiB.',
  consequence: 'Written out, the holes fill the disk or the exported archive.',
  verdict: 'limited',
  inputs: [
    {
      title: '8 EiB',
      build: () => ({
        layers: [
          rawTar(
            paxHeader({
              'GNU.sparse.major': '1',
              'GNU.sparse.minor': '0',
              'GNU.sparse.name': 's',
              'GNU.sparse.realsize': String(2n ** 63n - 1n),
            }),
            rawEntry({ name: 's', body: '0\n'.padEnd(512, '\0') }),
          ),
        ],
      }),
      expect: tooBig('--max-size'),
    },
    {
      title: 'two files that are over the limit together',
      build: () => ({ layers: [[sparseFile('a', 600 * 1024 ** 3, []), sparseFile('b', 600 * 1024 ** 3, [])]] }),
      expect: tooBig('--max-size'),
    },
    {
      title: 'two files of two layers that are over the limit together',
      build: () => ({ layers: [[sparseFile('a', 600 * 1024 ** 3, [])], [sparseFile('b', 600 * 1024 ** 3, [])]] }),
      expect: tooBig('--max-size'),
    },
    {
      title: '8 MiB, within the limit',
      build: () => ({ layers: [[sparseFile('s', 8 * megabyte, [{ offset: 4 * megabyte, data: 'x'.repeat(512) }])]] }),
      expect: { tree: [sparseFile('s', 8 * megabyte, [{ offset: 4 * megabyte, data: 'x'.repeat(512) }])] },
    },
  ],
  alsoTested: 'Of a sparse file of 100 GiB, directory and export hold only the data.',
};

const many = (count: number, make: (n: number) => EntrySpec): EntrySpec[] =>
  Array.from({ length: count }, (_, n) => make(n));

export const manyEntries: HostileRow = {
  id: 'G3',
  title: 'an image has very many entries',
  structure: 'Millions of empty files, of hard links to one file, or of markers.',
  consequence: 'Memory or inodes run out.',
  verdict: 'limited',
  inputs: [
    {
      title: 'files',
      build: () => ({ layers: [many(101, (n) => file(`f${n}`))] }),
      limits: { maxEntries: 100 },
      expect: tooBig('--max-entries'),
    },
    {
      title: 'files in two layers',
      build: () => ({ layers: [many(60, (n) => file(`a${n}`)), many(60, (n) => file(`b${n}`))] }),
      limits: { maxEntries: 100 },
      expect: tooBig('--max-entries'),
    },
    {
      title: 'one file a hundred times',
      build: () => ({ layers: [many(101, () => file('f'))] }),
      limits: { maxEntries: 100 },
      expect: tooBig('--max-entries'),
    },
    {
      title: 'as many as the limit, most of them names of one file',
      build: () => ({ layers: [[file('f', '1'), ...many(99, (n) => hardlink(`h${n}`, 'f'))]] }),
      limits: { maxEntries: 100 },
      expect: { tree: [file('f', '1'), ...many(99, (n) => hardlink(`h${n}`, 'f'))] },
    },
  ],
  alsoTested: 'Thirty thousand names of one file, and one name thirty thousand times, are unpacked and exported right.',
};

export const gzipMembers: HostileRow = {
  id: 'G4',
  title: 'a gzip stream has many members',
  structure: 'Several gzip files one behind the other, empty ones among them, as pigz and eStargz write them.',
  consequence: 'Readers that stop behind the first see half of the layer.',
  verdict: 'kept',
  inputs: [
    {
      title: 'five members',
      build: () => {
        const parts = [
          hello.subarray(0, 1),
          Buffer.alloc(0),
          hello.subarray(1, 600),
          hello.subarray(600),
          Buffer.alloc(0),
        ];
        return stored(hello, Buffer.concat(parts.map((part) => gzipSync(part))));
      },
      expect: helloTree,
    },
  ],
};

const corrupt: Refusal = { error: 'CODEC_CORRUPT' };

export const bytesAfterStream: HostileRow = {
  id: 'G5',
  title: 'bytes follow a compressed stream',
  structure: 'Zeros, garbage, or the beginning of another stream behind the last member or frame.',
  consequence: 'Some readers ignore them, some fail, and something may hide there.',
  verdict: 'rejected',
  inputs: [
    {
      title: 'garbage behind gzip',
      build: () => stored(hello, Buffer.concat([gzipSync(hello), Buffer.from('garbage')])),
      expect: corrupt,
    },
    {
      title: 'a false gzip member',
      build: () => stored(hello, Buffer.concat([gzipSync(hello), Buffer.of(0x1f, 0x8b, 8, 0)])),
      expect: corrupt,
    },
    {
      title: 'garbage behind zstd',
      build: () => stored(hello, Buffer.concat([zstdCompressSync(hello), Buffer.from('garbage')]), zstdType),
      expect: corrupt,
    },
    {
      title: 'zeros behind gzip, as tapes and block devices leave them',
      build: () => stored(hello, Buffer.concat([gzipSync(hello), Buffer.alloc(1000)])),
      expect: helloTree,
    },
  ],
};

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

export const damagedStream: HostileRow = {
  id: 'G6',
  title: 'a compressed stream is damaged or cut short',
  structure: 'Half a stream, a wrong checksum or length at its end; the digest of the blob is right.',
  consequence: 'What came before the damage looks like a whole layer.',
  verdict: 'rejected',
  inputs: [
    { title: 'half a gzip stream', build: () => stored(hello, gzipSync(hello).subarray(0, 60)), expect: corrupt },
    {
      title: 'gzip without its checksum',
      build: () => stored(hello, gzipSync(hello).subarray(0, -8)),
      expect: corrupt,
    },
    {
      title: 'a wrong gzip checksum',
      build: () => stored(hello, flipped(gzipSync(hello), gzipSync(hello).length - 6)),
      expect: corrupt,
    },
    {
      title: 'half a zstd stream',
      build: () => stored(hello, zstdCompressSync(hello).subarray(0, 30), zstdType),
      expect: corrupt,
    },
    {
      title: 'only the magic of zstd',
      build: () => stored(hello, Buffer.of(0x28, 0xb5, 0x2f, 0xfd), zstdType),
      expect: corrupt,
    },
  ],
};

export const falseMediaType: HostileRow = {
  id: 'G7',
  title: 'the media type of a layer contradicts its content',
  structure: 'zstd or an uncompressed archive called gzip, gzip called uncompressed.',
  consequence: 'Tools that believe the name fail, or show another content than tools that look.',
  verdict: 'neutralised and noted',
  inputs: [
    ...(['zstd', 'none'] as const).map((compression): HostileInput => ({
      title: `${compression === 'none' ? 'nothing' : compression} called gzip`,
      build: () => ({ layers: [layerOf(hello, { compression, mediaType: gzipType })] }),
      expect: helloTree,
      notes: ['MEDIA_TYPE_CONTRADICTED'],
    })),
    {
      title: 'gzip called uncompressed',
      build: () => ({ layers: [layerOf(hello, { mediaType: 'application/vnd.oci.image.layer.v1.tar' })] }),
      expect: helloTree,
      notes: ['MEDIA_TYPE_CONTRADICTED'],
    },
    {
      title: 'a compression that is not supported',
      build: () => ({ layers: [layerOf(hello, { mediaType: 'application/vnd.oci.image.layer.v1.tar+xz' })] }),
      expect: { error: 'MEDIA_TYPE_UNSUPPORTED' },
      isArtifact: true,
    },
  ],
};

/** A frame header that asks for a window of 2^31 bytes, and one empty block. */
const hugeWindow = Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0, 0);
const skippable = (content: string): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a50, 0);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, Buffer.from(content)]);
};

export const zstdTricks: HostileRow = {
  id: 'G8',
  title: 'a zstd stream asks for memory, or carries a second table of contents',
  structure: 'A window of 2 GiB; skippable frames with a table of contents that tells other entries than the layer.',
  consequence: 'Memory runs out; tools that believe the table run another image than the one whose DiffID was checked.',
  verdict: 'limited',
  inputs: [
    {
      title: 'a window of 2 GiB',
      build: () => stored(Buffer.alloc(0), hugeWindow, zstdType),
      expect: { error: 'LIMIT_EXCEEDED', says: /window/ },
    },
    {
      title: 'a false table in skippable frames, which are passed over',
      build: () =>
        stored(
          hello,
          Buffer.concat([
            skippable('{"entries":[{"name":"evil"}]}'),
            zstdCompressSync(hello),
            skippable('{"version":1}'),
          ]),
          zstdType,
        ),
      expect: helloTree,
    },
    {
      title: 'a false table of eStargz, which is a file like any other',
      build: () => ({
        layers: [[file('f', 'hello'), file('stargz.index.json', '{"version":1,"entries":[{"name":"evil"}]}')]],
      }),
      expect: { tree: [file('f', 'hello'), file('stargz.index.json', '{"version":1,"entries":[{"name":"evil"}]}')] },
    },
  ],
};

export const helperPrograms: HostileRow = {
  id: 'G9',
  title: 'programs are looked for where the image has a say',
  structure: 'Programs named gzip, zstd, tar and their like in the PATH, and a library in the working directory.',
  consequence:
    'A tool that starts them after it has entered the image runs the image’s code as root (Docker CVE-2019-14271, moby CVE-2026-41567).',
  verdict: 'kept',
  inputs: [],
  alsoTested: 'No program is ever started: all decompression is done inside the process.',
};
