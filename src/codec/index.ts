/**
 * Compressed streams and hashes: what a blob is by its content, its bytes uncompressed, its digest. Knows streams of
 * bytes, and no file, archive or image.
 */
export { compress, type CompressOptions } from './compress.ts';
export {
  type Compression,
  compressionOfMediaType,
  detectCompression,
  magicLength,
  type ResumedStream,
  sniffCompression,
  type SniffedStream,
} from './compression.ts';
export { decompress, outputChunkBytes } from './decompress.ts';
export { createHasher, digestOf, type ExpectedBlob, type Hasher, verifyBlob } from './hasher.ts';
export { maxWindowBytes } from './zstd-frames.ts';
