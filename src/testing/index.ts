/**
 * Test tools: builders for tar entries, hostile archives, layers, images, layouts and `docker save` archives, and a
 * registry that does what it is told. Everything built is plain data and the same input gives the same bytes.
 *
 * @example
 * import { file, hardlink, imageOf, layerOf, whiteout, writeLayout } from 'holdfast/testing';
 *
 * const base = layerOf([file('bin/git', 'git'), hardlink('bin/git-log', 'bin/git')]);
 * const top = layerOf([whiteout('bin/git')]);
 * writeLayout('out', { latest: imageOf([base, top]) });
 */
export { dockerArchiveOf, type NamedImages } from './docker-archive.ts';
export {
  blockDevice,
  charDevice,
  directory,
  fifo,
  file,
  hardlink,
  opaque,
  sparseFile,
  symlink,
  whiteout,
} from './entries.ts';
export {
  bytesOf,
  byteStringOf,
  type DataRun,
  defaultMtime,
  type EntryOptions,
  type EntrySpec,
  type TextOrBytes,
  type TimeSpec,
} from './entry-spec.ts';
export {
  type BuiltImage,
  type BuiltIndex,
  type Descriptor,
  imageOf,
  type ImageOptions,
  indexOf,
  jsonBytes,
  type JsonObject,
} from './image-of.ts';
export { type BuiltLayer, layerOf, type LayerOptions, sha256Of } from './layer-of.ts';
export { blobPath, layoutFiles, ociArchiveOf, type TaggedImages, writeLayout } from './layout.ts';
export {
  gnuLongLink,
  gnuLongName,
  gnuSparse,
  paxHeader,
  paxRecord,
  type PaxRecords,
  paxSparse,
  type RawSparse,
  type SparseRange,
} from './raw-extensions.ts';
export {
  base256,
  padded,
  type RawEntry,
  rawEntry,
  type RawHeader,
  rawHeader,
  type RawNumber,
  rawTar,
  zeroBlock,
} from './raw-tar.ts';
export { type RegistryTls } from './registry-server.ts';
export { type RegistryPreset, startTestRegistry, type TestRegistry, type TestRegistryOptions } from './registry.ts';
export {
  type RegistryAction,
  type RegistryAuth,
  type RegistryGrant,
  type TokenRequest,
} from './registry-auth-options.ts';
export { type RegistryContent, type RepositoryContent, type StoredManifest } from './registry-content.ts';
export { type RecordedRequest } from './registry-exchange.ts';
export { type Fault, type FaultAction, type FaultMatch, RegistryFaults } from './registry-faults.ts';
export { registryPresets } from './registry-presets.ts';
export { defaultQuirks, type RegistryQuirks } from './registry-quirks.ts';
export { tarBlocks, tarOf } from './tar-of.ts';
