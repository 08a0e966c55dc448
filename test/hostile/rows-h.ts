/** H: manifests, blobs, layouts and archives. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import {
  blobPath,
  dockerArchiveOf,
  file,
  hardlink,
  imageOf,
  indexOf,
  jsonBytes,
  layerOf,
  ociArchiveOf,
  symlink,
  tarBlocks,
  tarOf,
  type BuiltIndex,
  type EntrySpec,
} from '../../src/testing/index.ts';
import type { HostileImage, HostileRow } from './hostile-row.ts';
import {
  good,
  goodTree,
  layer,
  replacedManifest,
  tampered,
  withConfigBytes,
  withConfigText,
  withDocuments,
  withLayerDescriptor,
  withManifestText,
  writeIndex,
} from './layout-input.ts';
import { outside } from './outside.ts';

function flip(path: string, at: number): void {
  const bytes = fs.readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  fs.writeFileSync(path, bytes);
}

const plainLayer = layerOf([file('f', 'hello')], { compression: 'none' });
const plainImage = imageOf([plainLayer]);

export const wrongContent: HostileRow = {
  id: 'H1',
  title: 'a blob is not what its digest says',
  structure: 'One flipped bit in a manifest, a config, or a compressed or uncompressed layer.',
  consequence: 'What was signed is not what runs.',
  verdict: 'rejected',
  inputs: [
    ...[
      { title: 'the manifest', digest: good.digest },
      { title: 'the config', digest: good.configDigest },
      { title: 'a compressed layer', digest: layer.digest },
    ].map(({ title, digest }) => ({
      title,
      build: () => tampered((directory) => flip(join(directory, blobPath(digest)), 40)),
      expect: { error: 'DIGEST_MISMATCH' as const },
    })),
    {
      title: 'the content of a file in an uncompressed layer',
      build: () => tampered((directory) => flip(join(directory, blobPath(plainLayer.digest)), 513), plainImage),
      expect: { error: 'DIGEST_MISMATCH' },
    },
    {
      title: 'a byte in the padding of an uncompressed layer',
      build: () => tampered((directory) => flip(join(directory, blobPath(plainLayer.digest)), 900), plainImage),
      expect: { error: 'DIGEST_MISMATCH' },
    },
  ],
};

export const wrongLength: HostileRow = {
  id: 'H2',
  title: 'a blob is shorter or longer than its descriptor says',
  structure: 'Bytes cut off or added to a manifest, config or layer.',
  consequence: 'An endless body is read for ever; a short one looks complete.',
  verdict: 'rejected',
  inputs: [good.digest, good.configDigest, layer.digest].flatMap((digest, index) => {
    const name = ['the manifest', 'the config', 'the layer'][index];
    return [
      {
        title: `${name}, shorter`,
        build: () => tampered((directory) => fs.truncateSync(join(directory, blobPath(digest)), 30)),
        expect: { error: 'SIZE_MISMATCH' as const },
      },
      {
        title: `${name}, longer`,
        build: () => tampered((directory) => fs.appendFileSync(join(directory, blobPath(digest)), ' ')),
        expect: { error: 'SIZE_MISMATCH' as const },
      },
    ];
  }),
};

export const impossibleLength: HostileRow = {
  id: 'H3',
  title: 'a descriptor’s size is negative, huge or no whole number',
  structure: 'Sizes of -1, 2^63, 1e300, 1.5, a text; a manifest of many megabytes.',
  consequence: 'A buffer of that size is made, or the check is skipped (oras GHSA-f36w-mj3v-6jqv).',
  verdict: 'rejected',
  inputs: [
    ...['-1', '9223372036854775807', '1e300', '1.5', '"5"', 'null'].map((size) => ({
      title: `${size} bytes`,
      build: () => withManifestText((text) => text.replace(`"size":${layer.size}`, `"size":${size}`)),
      expect: { error: 'DOCUMENT_INVALID' as const },
    })),
    {
      title: 'a manifest of 100 MB',
      build: () =>
        tampered((directory) =>
          writeIndex(directory, [{ mediaType: good.mediaType, digest: good.digest, size: 100_000_000 }]),
        ),
      expect: { error: 'LIMIT_EXCEEDED' },
    },
  ],
};

const hex = 'a'.repeat(64);
const falseDigests: Readonly<Record<string, string>> = {
  'with ".."': 'sha256:../../../outside/file',
  'behind ".."': `../sha256:${hex}`,
  'in capitals': `sha256:${'A'.repeat(64)}`,
  'one digit short': `sha256:${hex.slice(1)}`,
  'one digit long': `sha256:${hex}a`,
  'with a newline': `sha256:${hex}\n`,
  'of md5': `md5:${'a'.repeat(32)}`,
  'called sha512 and as long as sha256': `sha512:${hex}`,
  'without algorithm': hex,
  empty: '',
};

export const falseDigest: HostileRow = {
  id: 'H4',
  title: 'a digest is a path',
  structure: 'Digests with “..” and “/”, in capitals, too short or long, of unknown algorithms.',
  consequence:
    'Blobs are named by their digests, so files elsewhere are read or written (containers/image CVE-2024-3727, Docker CVE-2014-9358).',
  verdict: 'rejected',
  inputs: [
    ...Object.entries(falseDigests).map(([title, digest]) => ({
      title: `a layer's digest ${title}`,
      build: () => withLayerDescriptor({ digest }),
      expect: { error: 'DIGEST_INVALID' as const },
    })),
    {
      title: 'the digest of the manifest',
      build: () =>
        tampered((directory) =>
          writeIndex(directory, [{ mediaType: good.mediaType, digest: 'sha256:../../index.json', size: 5 }]),
        ),
      expect: { error: 'DIGEST_INVALID' },
    },
    {
      title: 'a DiffID',
      build: () => withDocuments({ configDocument: { rootfs: { type: 'layers', diff_ids: ['sha256:../x'] } } }),
      expect: { error: 'DIGEST_INVALID' },
    },
  ],
};

const sha512 = (bytes: Uint8Array): string => `sha512:${createHash('sha512').update(bytes).digest('hex')}`;

/** The image with its layer under a sha512 digest. */
function under512(content: Buffer, options: { diffId?: string } = {}): HostileImage {
  const digest = sha512(layer.bytes);
  const image = imageOf([layer], {
    manifestDocument: { layers: [{ mediaType: layer.mediaType, digest, size: layer.size }] },
    ...(options.diffId ? { configDocument: { rootfs: { type: 'layers', diff_ids: [options.diffId] } } } : {}),
  });
  return tampered((directory) => {
    fs.mkdirSync(join(directory, 'blobs/sha512'));
    fs.writeFileSync(join(directory, 'blobs/sha512', digest.slice('sha512:'.length)), content);
  }, image);
}

export const otherAlgorithm: HostileRow = {
  id: 'H5',
  title: 'digests use different algorithms',
  structure: 'A layer named by sha512 in a manifest named by sha256, right and wrong.',
  consequence: 'Checked with the wrong algorithm or not at all, and kept under a wrong name.',
  verdict: 'kept',
  inputs: [
    { title: 'a sha512 layer', build: () => under512(layer.bytes), expect: goodTree },
    { title: 'a sha512 DiffID', build: () => under512(layer.bytes, { diffId: sha512(layer.tar) }), expect: goodTree },
    {
      title: 'a false sha512 layer',
      build: () => {
        const content = Buffer.from(layer.bytes);
        content[50] = (content[50] ?? 0) ^ 1;
        return under512(content);
      },
      expect: { error: 'DIGEST_MISMATCH' },
    },
    {
      title: 'a false sha512 DiffID',
      build: () => under512(layer.bytes, { diffId: sha512(layer.bytes) }),
      expect: { error: 'DIFFID_MISMATCH' },
    },
  ],
};

export const wrongDiffId: HostileRow = {
  id: 'H6',
  title: 'manifest and config do not belong together',
  structure: 'Another DiffID than the layer has, more or fewer of them than layers, a history that does not fit.',
  consequence: 'Tools that trust the one see another image than tools that trust the other.',
  verdict: 'rejected',
  inputs: [
    {
      title: 'another DiffID',
      build: () => withDocuments({ configDocument: { rootfs: { type: 'layers', diff_ids: [`sha256:${hex}`] } } }),
      expect: { error: 'DIFFID_MISMATCH', says: /^layer 1 / },
    },
    {
      title: 'two layers in the wrong order',
      build: () => {
        const other = layerOf([file('g')]);
        const diffIds = [other.diffId, layer.diffId];
        return {
          image: imageOf([layer, other], { configDocument: { rootfs: { type: 'layers', diff_ids: diffIds } } }),
        };
      },
      expect: { error: 'DIFFID_MISMATCH' },
    },
    {
      title: 'no DiffIDs',
      build: () => withDocuments({ configDocument: { rootfs: { type: 'layers', diff_ids: [] } } }),
      expect: { error: 'DIFFID_COUNT' },
    },
    {
      title: 'one DiffID too many',
      build: () =>
        withDocuments({ configDocument: { rootfs: { type: 'layers', diff_ids: [layer.diffId, layer.diffId] } } }),
      expect: { error: 'DIFFID_COUNT' },
    },
    {
      title: 'a history of three layers, which is noted',
      build: () => withDocuments({ history: [{}, {}, {}] }),
      expect: goodTree,
      notes: ['HISTORY_MISMATCH'],
    },
  ],
};

export const twoDocumentsInOne: HostileRow = {
  id: 'H7',
  title: 'one document is a manifest and an index',
  structure: 'Both “layers” and “manifests”; a media type that contradicts the descriptor; Docker schema 1.',
  consequence: 'Two tools read two images from one digest (CVE-2021-41190).',
  verdict: 'rejected',
  inputs: [
    {
      title: '"layers" and "manifests"',
      build: () => withDocuments({ manifestDocument: { manifests: [] } }),
      expect: { error: 'DOCUMENT_AMBIGUOUS' },
    },
    {
      title: 'an index that names a config',
      build: () => ({ image: indexOf([good], { config: {} }) }),
      expect: { error: 'DOCUMENT_AMBIGUOUS' },
    },
    {
      title: 'a manifest called an index',
      build: () => replacedManifest(good.manifest, 'application/vnd.oci.image.index.v1+json'),
      expect: { error: 'DOCUMENT_AMBIGUOUS' },
    },
    {
      title: 'the same without a media type of its own',
      build: () => {
        const { mediaType: _, ...rest } = JSON.parse(good.manifest.toString()) as Record<string, unknown>;
        return replacedManifest(jsonBytes(rest), 'application/vnd.oci.image.index.v1+json');
      },
      expect: { error: 'DOCUMENT_INVALID' },
    },
    {
      title: 'keys that differ only in case',
      build: () => withDocuments({ manifestDocument: { Layers: [] } }),
      expect: { error: 'DOCUMENT_INVALID' },
    },
    {
      title: 'Docker schema 1',
      build: () =>
        replacedManifest(
          jsonBytes({ schemaVersion: 1, fsLayers: [], history: [] }),
          'application/vnd.docker.distribution.manifest.v1+prettyjws',
        ),
      expect: { error: 'MEDIA_TYPE_UNSUPPORTED', says: /schema 1/ },
    },
  ],
};

function nestedIndex(depth: number): BuiltIndex {
  let index = indexOf([good]);
  for (let level = 1; level < depth; level++) index = indexOf([index]);
  return index;
}

const thousandAndOne = Array.from({ length: 1001 }, () => layer);

export const hugeDocument: HostileRow = {
  id: 'H8',
  title: 'a document is huge, deep, or names very many layers',
  structure: 'Five megabytes of config, a hundred thousand nested arrays, indexes in indexes, 1001 layers.',
  consequence: 'Memory or the stack runs out before anything is checked (containers/image CVE-2020-1702).',
  verdict: 'limited',
  inputs: [
    {
      title: 'a config of 5 MB',
      build: () => withConfigText((text) => text.replace('{', `{"x":"${'x'.repeat(5_000_000)}",`)),
      expect: { error: 'LIMIT_EXCEEDED', says: /more than 4194304 bytes/ },
    },
    {
      title: 'a hundred thousand nested arrays',
      build: () => withConfigText((text) => text.replace('{', `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)},`)),
      expect: { error: 'DOCUMENT_INVALID' },
    },
    {
      title: 'an index in an index, eight times',
      build: () => ({ image: nestedIndex(8) }),
      expect: { error: 'LIMIT_EXCEEDED', says: /more than 4 levels of indexes/ },
    },
    {
      title: '1001 layers',
      build: () => ({ image: imageOf(thousandAndOne) }),
      expect: { error: 'LIMIT_EXCEEDED', says: /more than 1000 layers/ },
    },
    {
      title: '1001 layers in a docker-archive',
      build: () => dockerArchive(imageOf(thousandAndOne)),
      expect: { error: 'LIMIT_EXCEEDED', says: /more than 1000 layers/ },
    },
  ],
};

export const oddJson: HostileRow = {
  id: 'H9',
  title: 'JSON is read in different ways',
  structure: 'The same key twice, “__proto__”, invalid UTF-8, a byte order mark, comments, numbers beyond 2^53.',
  consequence:
    'Parsers keep the first or the last of two keys; “__proto__” changes every object of a JavaScript program.',
  verdict: 'rejected',
  inputs: [
    {
      title: 'the same key twice',
      build: () => withManifestText((text) => text.replace('"layers":', '"layers":[],"layers":')),
      expect: { error: 'DOCUMENT_INVALID' },
    },
    {
      title: 'the same key, once escaped',
      build: () => withManifestText((text) => text.replace('"layers":', '"l\\u0061yers":[],"layers":')),
      expect: { error: 'DOCUMENT_INVALID' },
    },
    {
      title: 'invalid UTF-8',
      build: () =>
        withConfigBytes(Buffer.concat([Buffer.from('{"author":"'), Buffer.of(0xff), good.config.subarray(1)])),
      expect: { error: 'DOCUMENT_INVALID' },
    },
    {
      title: 'a byte order mark',
      build: () => withConfigBytes(Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), good.config])),
      expect: { error: 'DOCUMENT_INVALID' },
    },
    {
      title: 'a comment',
      build: () => withConfigText((text) => text.replace('{', '{/* */')),
      expect: { error: 'DOCUMENT_INVALID' },
    },
    { title: 'null', build: () => withConfigText(() => 'null'), expect: { error: 'DOCUMENT_INVALID' } },
    { title: 'an empty file', build: () => withConfigText(() => ''), expect: { error: 'DOCUMENT_INVALID' } },
    {
      title: '"__proto__" and "constructor", which are keys like any other',
      build: () =>
        withConfigText((text) => text.replace('{', '{"__proto__":{"layers":[]},"constructor":1,"toString":null,')),
      expect: goodTree,
    },
  ],
};

export const embeddedBlob: HostileRow = {
  id: 'H10',
  title: 'a descriptor carries its blob, and it is another one',
  structure: 'A “data” field that does not fit the digest beside it.',
  consequence: 'A second, unchecked source of the same document.',
  verdict: 'rejected',
  inputs: [
    {
      title: 'another config of the same length',
      build: () =>
        withDocuments({
          manifestDocument: { config: embeddedConfig(good.config.toString().replace('amd64', 'arm64')) },
        }),
      expect: { error: 'DIGEST_MISMATCH' },
    },
    {
      title: 'a shorter one',
      build: () => withDocuments({ manifestDocument: { config: embeddedConfig('{}') } }),
      expect: { error: 'SIZE_MISMATCH' },
    },
    {
      title: 'the right one',
      build: () => withDocuments({ manifestDocument: { config: embeddedConfig(good.config.toString()) } }),
      expect: goodTree,
    },
  ],
};

function embeddedConfig(content: string) {
  const mediaType = 'application/vnd.oci.image.config.v1+json';
  const data = Buffer.from(content).toString('base64');
  return { mediaType, digest: good.configDigest, size: good.config.length, data };
}

function dockerArchive(image = good): HostileImage {
  return { archive: dockerArchiveOf({ 'app:1': image }, { form: 'old' }), transport: 'docker-archive' };
}

/** A docker-archive of these members and a manifest.json that names the config and one layer. */
function archiveWith(members: readonly EntrySpec[], names: { config?: string; layer?: string } = {}): HostileImage {
  const { config = 'config.json', layer: layerName = 'layer.tar' } = names;
  const manifest = file('manifest.json', jsonBytes([{ Config: config, RepoTags: ['app:1'], Layers: [layerName] }]));
  const all = [file('config.json', good.config), file('layer.tar', layer.tar)].filter(
    ({ name }) => !members.some((member) => member.name === name),
  );
  return { archive: tarOf([...all, ...members, manifest]), transport: 'docker-archive' };
}

const refusedArchive = { error: 'ARCHIVE_INVALID' as const };

export const archiveThatLeadsOut: HostileRow = {
  id: 'H17',
  title: 'members of an image archive lead out of it, or in a circle',
  structure: 'Names with “..” in manifest.json, members that are links to the host or to each other, a member twice.',
  consequence: 'Files of the host become layers; links in a circle never end (go-containerregistry #2232).',
  verdict: 'resolved inside the root',
  inputs: [
    {
      title: 'a layer named with ".."',
      build: () => archiveWith([], { layer: '../outside/file' }),
      expect: refusedArchive,
    },
    { title: 'an absolute layer', build: () => archiveWith([], { layer: `${outside}/file` }), expect: refusedArchive },
    {
      title: 'an absolute config',
      build: () => archiveWith([], { config: `${outside}/file` }),
      expect: refusedArchive,
    },
    {
      title: 'a layer that is a link to the host',
      build: () => archiveWith([symlink('layer.tar', `${outside}/file`)]),
      expect: refusedArchive,
    },
    {
      title: 'a layer that is a relative link out',
      build: () => archiveWith([symlink('layer.tar', '../../outside/file')]),
      expect: refusedArchive,
    },
    {
      title: 'links in a circle',
      build: () => archiveWith([symlink('layer.tar', 'other.tar'), symlink('other.tar', 'layer.tar')]),
      expect: refusedArchive,
    },
    {
      title: 'a hard link to nothing',
      build: () => archiveWith([hardlink('layer.tar', 'missing')]),
      expect: refusedArchive,
    },
    {
      title: 'a member twice',
      build: () => ({
        archive: Buffer.concat([
          tarBlocks([file('config.json', '{}')]),
          (archiveWith([]) as { archive: Buffer }).archive,
        ]),
        transport: 'docker-archive',
      }),
      expect: refusedArchive,
    },
    { title: 'a member named with ".."', build: () => archiveWith([file('../x', '')]), expect: refusedArchive },
    {
      title: 'a blob of an oci-archive that is a link to the host',
      build: () => ({ archive: linkedBlob(`${outside}/file`), transport: 'oci-archive' }),
      expect: refusedArchive,
    },
    {
      title: 'a layer that is a link to another member, as docker save writes it',
      build: () => archiveWith([file('a/layer.tar', layer.tar), symlink('layer.tar', 'b/../a/layer.tar'), file('b/x')]),
      expect: goodTree,
    },
    { title: 'an honest archive', build: () => dockerArchive(), expect: goodTree },
  ],
};

/** An oci-archive in which the layer's blob is a symbolic link. */
function linkedBlob(text: string): Buffer {
  const name = blobPath(layer.digest);
  const whole = ociArchiveOf({ latest: good });
  const at = whole.indexOf(name);
  const rest = Buffer.concat([whole.subarray(0, at), whole.subarray(at + 512 + Math.ceil(layer.size / 512) * 512)]);
  return Buffer.concat([tarBlocks([symlink(name, text)]), rest]);
}

const blob = (directory: string): string => join(directory, blobPath(layer.digest));

export const blobIsNoFile: HostileRow = {
  id: 'H18',
  title: 'a blob of a layout is not a regular file',
  structure: 'Symbolic links to the host, named pipes, directories and devices where blobs and documents should be.',
  consequence: 'A file of the host is read (go-containerregistry #2306), or the tool waits for ever.',
  verdict: 'rejected',
  inputs: [
    {
      title: 'a link to the true layer',
      build: () =>
        tampered((directory) => {
          fs.renameSync(blob(directory), join(directory, 'elsewhere'));
          fs.symlinkSync(join(directory, 'elsewhere'), blob(directory));
        }),
      expect: { error: 'BLOB_MISSING', says: /symbolic link/ },
    },
    {
      title: 'a named pipe',
      build: () => tampered((directory) => replaceByPipe(blob(directory))),
      expect: { error: 'BLOB_MISSING', says: /FIFO/ },
    },
    {
      title: 'a directory',
      build: () =>
        tampered((directory) => {
          fs.rmSync(blob(directory));
          fs.mkdirSync(blob(directory));
        }),
      expect: { error: 'BLOB_MISSING', says: /directory/ },
    },
    {
      title: 'an index.json that is a link to the host',
      build: () =>
        tampered((directory) => {
          fs.rmSync(join(directory, 'index.json'));
          fs.symlinkSync(`${outside}/file`, join(directory, 'index.json'));
        }),
      expect: { error: 'ARCHIVE_INVALID', says: /symbolic link/ },
    },
    {
      title: 'an index.json that is a named pipe',
      build: () => tampered((directory) => replaceByPipe(join(directory, 'index.json'))),
      expect: { error: 'ARCHIVE_INVALID', says: /FIFO/ },
    },
    {
      title: 'no file at all',
      build: () => tampered((directory) => fs.rmSync(blob(directory))),
      expect: { error: 'BLOB_MISSING' },
    },
  ],
};

function replaceByPipe(path: string): void {
  fs.rmSync(path);
  execFileSync('mkfifo', [path]);
}

const strangeTags = ['/../../outside', '..', 'a:b/c:d', 'x'.repeat(5000), 'tag with spaces', '@sha256'];

export const strangeName: HostileRow = {
  id: 'H19',
  title: 'the name of an image is a path, or commands a terminal',
  structure: 'A layout’s ref.name with “/..”, of thousands of characters, or with escapes.',
  consequence: 'Used as a file name it leads elsewhere; listed, it commands the terminal.',
  verdict: 'kept',
  inputs: [
    ...strangeTags.map((tag) => ({
      title: `the tag ${JSON.stringify(tag.length > 40 ? `${tag.slice(0, 5)}… (${tag.length} characters)` : tag)}, which is only compared`,
      build: () => tampered(() => {}, good, tag),
      expect: goodTree,
    })),
    {
      title: 'escapes in the list of what there is',
      build: () => ({
        write: (directory: string) => {
          const { write } = tampered(() => {}, good, '\x1b[2J\nerror: x\u202e') as {
            write: (directory: string) => string;
          };
          write(directory);
          return `oci:${directory}:wanted`;
        },
      }),
      expect: { error: 'IMAGE_NOT_FOUND', says: /\\x1b\[2J\\nerror: x\\u\{202e\}/ },
    },
  ],
};
