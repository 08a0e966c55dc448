/** index.json: read as it is now, written so that readers see the old one or the new one and nothing in between. */
import fs from 'node:fs';
import { HoldfastError, maxDocumentBytes } from '../base/index.ts';
import { asRefused } from '../host/index.ts';
import { type Descriptor, documentTooLarge, mediaTypes, parseIndex } from '../oci/index.ts';
import { type Directory, isNotAFile } from './directory.ts';
import { readSmall } from './read-small.ts';

export const indexName = 'index.json';
const temporaryName = 'index.json.new';

/** index.json at one moment. */
export interface IndexFile {
  readonly manifests: readonly Descriptor[];
  /** The document as it stands there, with everything that only others understand. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly mode: number;
  /** Differs once anything has written the file again. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly written: number;
}

/** @throws STORE_INVALID when there is none, every code of documents, HOST_REFUSED */
export function readIndex(root: Directory): IndexFile {
  const found = root.find(indexName);
  if (found === undefined || isNotAFile(found)) {
    const reason = found === undefined ? 'there is no index.json in it' : `index.json ${found.problem}`;
    throw new HoldfastError('STORE_INVALID', { directory: root.path, reason });
  }
  using file = found;
  const facts = fs.fstatSync(file.fd, { bigint: true });
  const bytes = readSmall(file, indexName);
  const { manifests } = parseIndex(bytes, { mediaType: mediaTypes.ociIndex, what: indexName });
  return {
    manifests,
    raw: parseExactly(bytes),
    mode: Number(facts.mode) & 0o777,
    version: versionOf(facts),
    written: Number(facts.mtimeMs),
  };
}

/** What {@link IndexFile.version} would be now; undefined without a file. */
export function indexVersion(root: Directory): string | undefined {
  const facts = root.look(indexName);
  return facts && versionOf(facts);
}

/**
 * Replaces the entries. Those that were read are written as they were read.
 * @param control where the new file is written before it gets its name
 * @returns false when another tool, which knows no locks, has written meanwhile
 * @throws LIMIT_EXCEEDED past 4 MiB, HOST_REFUSED
 */
export function writeIndex(
  root: Directory,
  control: Directory,
  before: IndexFile,
  manifests: readonly Descriptor[],
): boolean {
  const bytes = Buffer.from(JSON.stringify({ ...before.raw, manifests: asWritten(before, manifests) }));
  if (bytes.length > maxDocumentBytes) throw documentTooLarge(indexName);
  writeDurably(control, temporaryName, bytes, before.mode);
  if (indexVersion(root) !== before.version) return false;
  root.rename(control, temporaryName, indexName);
  root.sync();
  return true;
}

/** Makes a file with these bytes, in place of what has the name. @throws HOST_REFUSED */
export function writeDurably(directory: Directory, name: string, bytes: Uint8Array, mode: number): void {
  directory.unlink(name);
  using file = directory.create(name, mode);
  try {
    // The index is as open to others as it was, whatever the umask of this process.
    if (process.platform !== 'win32') fs.fchmodSync(file.fd, mode);
    for (let at = 0; at < bytes.length;) at += fs.writeSync(file.fd, bytes, at);
    fs.fsyncSync(file.fd);
  } catch (error) {
    throw asRefused('write', `${directory.path}/${name}`, error);
  }
}

function versionOf(facts: fs.BigIntStats): string {
  return `${facts.dev} ${facts.ino} ${facts.size} ${facts.mtimeNs} ${facts.ctimeNs}`;
}

function asWritten({ manifests: parsed, raw }: IndexFile, manifests: readonly Descriptor[]): unknown[] {
  const entries = (raw['manifests'] ?? []) as readonly unknown[];
  const known = new Map(parsed.map((entry, at) => [entry, entries[at]]));
  return manifests.map((entry) => known.get(entry) ?? inOrder(entry));
}

/** The keys in the order of the specification, then those it does not know. */
function inOrder(entry: Descriptor): object {
  const { mediaType, digest, size, urls, annotations, data, platform, artifactType, ...others } = entry;
  return { mediaType, digest, size, urls, annotations, data, platform, artifactType, ...others };
}

/** A number that JavaScript cannot hold is kept as its digits. */
function parseExactly(bytes: Buffer): Readonly<Record<string, unknown>> {
  const text = bytes.toString('utf8');
  const hasOddNumbers = /[:,[]\s*-?(?:\d{16}|\d+[.eE])/.test(text);
  const value: unknown = hasOddNumbers ? JSON.parse(text, keepDigits) : JSON.parse(text);
  return value as Readonly<Record<string, unknown>>;
}

/** Of "JSON.parse source text access" (ECMAScript), which the library's types do not have yet. */
const exactJson = JSON as unknown as { rawJSON(text: string): unknown };

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined && String(value) !== source
    ? exactJson.rawJSON(source)
    : value;
}
