/**
 * Layers: one streaming pass that verifies a blob and indexes it, in parallel, with a cache of what is known; and a plan
 * of entries written as a blob. It knows no image document and no target directory.
 */
export { type BodyDigests, loadDigests } from './body-digests.ts';
export { BodyFiles, bodyName, type RowRefusal, writeFully } from './body-files.ts';
export { cacheDirectory, readCacheFile, servesUnder, writeCacheFile } from './cache-directory.ts';
export { type ColumnFormat, decodeColumns, encodeColumns } from './column-file.ts';
export { loadIndex, saveIndex } from './index-cache.ts';
export { decodeIndex, encodeIndex } from './index-file.ts';
export type { LayerConsumer } from './layer-consumer.ts';
export type { LayerIndex } from './layer-index.ts';
export type { LayerOutput } from './layer-task.ts';
export {
  type LocatedLayer,
  type PendingLayer,
  type ReadLayer,
  readLayers,
  type ReadLayersOptions,
} from './read-layers.ts';
export { type OpenBody, pieceChunks } from './piece-chunks.ts';
export { metadataTooLarge, ScanControl } from './scan-control.ts';
export { type LayerSource, scanLayer } from './scan-layer.ts';
export { layerRange, readFully, streamBodies, type StreamRange } from './stream-bodies.ts';
export { indexOnly } from './stream-file.ts';
export { storedSize, type TarPiece, tarPieces } from './tar-pieces.ts';
export { writeLayer, type WriteLayerOptions, type WrittenLayer } from './write-layer.ts';
