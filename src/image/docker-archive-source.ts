/** Archives as `docker save` writes them: `manifest.json` names a config and layers, as members of the tar. */
import { type Digest, HoldfastError, parseDigest, quoteText } from '../base/index.ts';
import { digestOf } from '../codec/index.ts';
import {
  type ArchivedImage,
  type DockerArchiveReference,
  familiarImageName,
  formatImageName,
  type ImageName,
  parseArchiveManifest,
  parseConfig,
  parseImageName,
} from '../oci/index.ts';
import { findLayoutManifest } from './archived-manifest.ts';
import type { ArchivedManifest, ArchivedParts } from './archived-parts.ts';
import { type FileTree, isNotAFile, type OpenedFile, readSmallFile } from './files.ts';
import { fileSource, type ImageSource, type OpenBlob } from './source.ts';
import { synthesiseManifest } from './synthesise-manifest.ts';

const mostNames = 50;
const nameless = '(an image without a name)';

/**
 * The manifest is the archive's own where it is a layout too (Docker since 25), and otherwise made, always the same way.
 *
 * @throws IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS, ARCHIVE_INVALID, DIFFID_COUNT, and every code of documents
 */
export async function openDockerArchiveSource(
  files: FileTree,
  reference: DockerArchiveReference,
  signal?: AbortSignal,
): Promise<ImageSource> {
  const images = parseArchiveManifest(readSmallFile(openMember(files, 'manifest.json'), 'manifest.json'));
  const image = reference.name === undefined ? onlyImage(images, files) : namedImage(images, reference.name, files);
  const parts = readParts(files, image);
  const own = findLayoutManifest(files, parts);
  return sourceOf(files, own ?? (await synthesiseManifest(parts, signal)));
}

function sourceOf(files: FileTree, { root, blobs }: ArchivedManifest): ImageSource {
  const openBlob: OpenBlob = (digest) => {
    const file = blobs.get(digest);
    if (file === undefined) throw new HoldfastError('BLOB_MISSING', { digest, where: 'it is not in the archive' });
    return file;
  };
  return fileSource(root, openBlob, files);
}

function onlyImage(images: readonly ArchivedImage[], files: FileTree): ArchivedImage {
  const [first, ...others] = images;
  if (first === undefined)
    throw new HoldfastError('IMAGE_NOT_FOUND', { reference: files.name, reason: 'it holds no image' });
  const same = (other: ArchivedImage): boolean =>
    other.config === first.config && other.layers.join('\n') === first.layers.join('\n');
  if (others.every(same)) return first;
  const reason = `holds ${images.length} images, and the reference names none`;
  throw new HoldfastError('IMAGE_AMBIGUOUS', { reference: files.name, available: namesOf(images), reason });
}

function namedImage(images: readonly ArchivedImage[], name: ImageName, files: FileTree): ArchivedImage {
  const wanted = formatImageName(name);
  const found = images.filter((image) => image.repoTags.some((tag) => normalised(tag) === wanted));
  const [first] = found;
  if (first === undefined) {
    const reason = `there is no image ${quoteText(familiarImageName(name))} in it`;
    throw new HoldfastError('IMAGE_NOT_FOUND', { reference: files.name, reason, available: namesOf(images) });
  }
  if (found.length === 1) return first;
  const reason = `${quoteText(familiarImageName(name))} names ${found.length} images in it`;
  throw new HoldfastError('ARCHIVE_INVALID', { file: files.name, reason });
}

/** A tag that is no image name equals none. */
function normalised(tag: string): string | undefined {
  try {
    return formatImageName(parseImageName(tag));
  } catch {
    return undefined;
  }
}

function namesOf(images: readonly ArchivedImage[]): readonly string[] {
  const names = images.flatMap((image) => (image.repoTags.length === 0 ? [nameless] : image.repoTags));
  return names.slice(0, mostNames);
}

function readParts(files: FileTree, image: ArchivedImage): ArchivedParts {
  const configFile = openMember(files, image.config);
  const configBytes = readSmallFile(configFile, 'the config');
  const stated = statedDigest(image.config);
  const configDigest = digestOf(configBytes);
  if (stated !== undefined && stated !== configDigest) {
    throw new HoldfastError('DIGEST_MISMATCH', { expected: stated, actual: configDigest, what: 'the config' });
  }
  const config = parseConfig(configBytes);
  const [layers, diffIds] = [image.layers.length, config.rootfs.diff_ids.length];
  if (layers !== diffIds) throw new HoldfastError('DIFFID_COUNT', { layers, diffIds });
  const members = image.layers.map((member) => ({ member, file: openMember(files, member) }));
  return { config, configDigest, configFile, layers: members };
}

/** Docker names a config by its digest: `HEX.json`, `sha256:HEX` or `blobs/sha256/HEX`. */
function statedDigest(member: string): Digest | undefined {
  const hex = /(?:^|[/:])([a-f0-9]{64})(?:\.json)?$/.exec(member)?.[1];
  return hex === undefined ? undefined : parseDigest(`sha256:${hex}`);
}

function openMember(files: FileTree, member: string): OpenedFile {
  const found = files.open(member);
  if (found !== undefined && !isNotAFile(found)) return found;
  const name = quoteText(member);
  const reason = found === undefined ? missing(files, member) : `the member ${name} ${found.problem}`;
  throw new HoldfastError('ARCHIVE_INVALID', { file: files.name, reason });
}

function missing(files: FileTree, member: string): string {
  if (member !== 'manifest.json') return `it has no member ${quoteText(member)}, which its manifest.json names`;
  const isLayout = files.open('oci-layout') !== undefined;
  return `it has no manifest.json${isLayout ? ', but is an OCI layout; perhaps oci-archive: was meant' : ''}`;
}
