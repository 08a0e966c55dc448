/**
 * A tree as a stream of lines: newline-delimited JSON, written and read again. What comes in is not trusted. It knows no
 * file, no connection and no scan.
 */
export { decodeLine, readPath } from './decode.ts';
export { encodeDigest, encodeEnd, encodeError, encodeHead, encodeRecord } from './encode.ts';
export { LineSplitter } from './line-splitter.ts';
export type {
  DigestRecord,
  RecordedInode,
  RecordedProblem,
  StreamEnd,
  StreamHead,
  StreamLine,
  TreeRecord,
} from './record.ts';
export { knownFacts, type StreamFacts } from './stream-facts.ts';
export { type AssembledTree, TreeAssembler } from './tree-assembler.ts';
export { treeRecords } from './tree-records.ts';
