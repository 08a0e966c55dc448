/**
 * What every other folder stands on: byte strings, digests, errors, notes, limits and events. Pure; it knows no file,
 * no thread and no archive format.
 */
export type { BlobContent } from './blob-content.ts';
export {
  type ByteString,
  escapeText,
  fromBytes,
  fromJsonText,
  fromText,
  toBytes,
  toDisplayText,
  toJsonText,
  jsonPath,
} from './byte-string.ts';
export {
  type DiffId,
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  digestHex,
  parseDiffId,
  parseDigest,
  shortDigest,
} from './digest.ts';
export * from './errors/index.ts';
export { formatMode, formatTimestamp, type SparseExtent, type Timestamp } from './file-facts.ts';
export type { BlobEvent, BlobOutcome, EngineEvent, NetworkEvent, OperationOptions } from './events.ts';
export {
  defaultLimits,
  limitFlags,
  type Limits,
  maxDocumentBytes,
  maxIndexDepth,
  maxLayers,
  maxMetadataBytes,
  ratioFromBytes,
} from './limits.ts';
export { isLoopback, type ListenAddress, parseListenAddress, urlHost } from './listen-address.ts';
export { type Note, type NoteCode, NoteList, noteTexts } from './notes.ts';
