/**
 * A flat tar as a listing, read by a second, deliberately simple reader: ustar and PAX (sparse 1.0 included), which is
 * all that Holdfast writes. What a naive extractor could trip over is refused: a name twice, a parent or link target
 * that does not come first, `.wh.`, `..` and absolute names, anything below what is not a directory.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type ByteString, fromBytes, type SparseExtent } from '../../src/base/index.ts';
import {
  type Facts,
  impliedDirectory,
  listedContent,
  listedNanoseconds,
  listedXattrs,
  rootPath,
  type TreeListing,
  withGroups,
} from './tree-listing.ts';

interface Header {
  readonly block: Buffer;
  readonly pax: ReadonlyMap<string, Buffer>;
  readonly body: Buffer;
}

/** @throws an AssertionError for whatever a naive extractor could take wrongly. */
export function listingOfTar(source: Uint8Array | string): TreeListing {
  const tar = typeof source === 'string' ? readFileSync(source) : Buffer.from(source);
  const facts = new Map<ByteString, Facts>([[rootPath, impliedDirectory]]);
  const bodies = new Map<ByteString, ByteString>();
  const listed = new Set<ByteString>();
  for (const header of headersOf(tar)) {
    const path = safePath(nameOf(header));
    assert.ok(!listed.has(path), `the archive names "${path}" twice`);
    listed.add(path);
    const slash = path.lastIndexOf('/');
    const parent = slash < 0 ? rootPath : (path.slice(0, slash) as ByteString);
    assert.equal(facts.get(parent)?.kind, 'directory', `"${path}" comes after its parent directory`);
    if (typeflagOf(header) !== '1') {
      facts.set(path, factsOf(header));
      continue;
    }
    const target = linkNameOf(header);
    const body = facts.get(target);
    assert.ok(body && !bodies.has(target), `"${path}" links to the body of its group and comes after it`);
    facts.set(path, body);
    bodies.set(path, target);
  }
  return withGroups(facts, (path) => bodies.get(path) ?? path);
}

function* headersOf(tar: Buffer): Generator<Header> {
  let pax = new Map<string, Buffer>();
  for (let at = 0; at < tar.length;) {
    const block = tar.subarray(at, at + 512);
    if (block.every((byte) => byte === 0)) {
      assert.ok(
        tar.subarray(at).length === 1024 && tar.subarray(at).every((byte) => byte === 0),
        'two zero blocks end it',
      );
      return;
    }
    assertChecksum(block);
    const size = Number(pax.get('size')?.toString() ?? numberAt(block, 124, 12));
    const body = tar.subarray(at + 512, at + 512 + size);
    assert.equal(body.length, size, 'the archive holds every body');
    at += 512 + Math.ceil(size / 512) * 512;
    if (block[156] === 0x78) {
      pax = paxRecords(body);
      continue;
    }
    yield { block, pax, body };
    pax = new Map();
  }
  assert.fail('the archive has no end');
}

function factsOf(header: Header): Facts {
  const { block } = header;
  const kind = kinds[typeflagOf(header)];
  assert.ok(kind, `typeflag ${typeflagOf(header)}`);
  return {
    kind,
    mode: Number(numberAt(block, 100, 8)),
    uid: idOf(header, 'uid', 108),
    gid: idOf(header, 'gid', 116),
    mtime: listedNanoseconds(mtimeOf(header)),
    ...(kind === 'file' ? { content: contentOf(header) } : {}),
    ...(kind === 'symlink' ? { linkText: linkNameOf(header) } : {}),
    ...(kind === 'char' || kind === 'block' ? { device: `${numberAt(block, 329, 8)}:${numberAt(block, 337, 8)}` } : {}),
    xattrs: xattrsOf(header.pax),
  };
}

const kinds: Readonly<Record<string, Facts['kind']>> = {
  '0': 'file',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

function contentOf({ pax, body }: Header): NonNullable<Facts['content']> {
  if (!pax.has('GNU.sparse.major')) return listedContent(body.length, body, undefined);
  const size = Number(pax.get('GNU.sparse.realsize'));
  const lines = body.toString('latin1').split('\n');
  const count = Number(lines[0]);
  const numbers = lines.slice(1, 1 + count * 2).map(Number);
  const map: SparseExtent[] = [];
  for (let index = 0; index < count; index++) {
    map.push({ offset: numbers[index * 2] ?? 0, size: numbers[index * 2 + 1] ?? 0 });
  }
  const mapBytes = lines.slice(0, 1 + count * 2).join('\n').length + 1;
  return listedContent(size, body.subarray(Math.ceil(mapBytes / 512) * 512), map);
}

function xattrsOf(pax: ReadonlyMap<string, Buffer>): Facts['xattrs'] {
  const xattrs = new Map<ByteString, Uint8Array>();
  for (const [key, value] of pax) {
    if (key.startsWith('SCHILY.xattr.')) xattrs.set(key.slice('SCHILY.xattr.'.length) as ByteString, value);
    if (key.startsWith('LIBARCHIVE.xattr.')) {
      const name = percentDecoded(key.slice('LIBARCHIVE.xattr.'.length));
      xattrs.set(name, Buffer.from(value.toString('latin1'), 'base64'));
    }
  }
  return listedXattrs(xattrs);
}

function percentDecoded(text: string): ByteString {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))) as ByteString;
}

function paxRecords(body: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const end = at + Number(body.toString('latin1', at, space));
    const equals = body.indexOf(0x3d, space);
    assert.ok(end > equals && body[end - 1] === 0x0a, 'PAX records are well-formed');
    records.set(body.toString('latin1', space + 1, equals), body.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

function nameOf({ block, pax }: Header): ByteString {
  const told = pax.get('GNU.sparse.name') ?? pax.get('path');
  if (told) return fromBytes(told);
  const prefix = textAt(block, 345, 155);
  return (prefix === '' ? textAt(block, 0, 100) : `${prefix}/${textAt(block, 0, 100)}`) as ByteString;
}

function linkNameOf({ block, pax }: Header): ByteString {
  const told = pax.get('linkpath');
  return told ? fromBytes(told) : textAt(block, 157, 100);
}

function safePath(name: ByteString): ByteString {
  if (name === './') return rootPath;
  const path = name.replace(/\/$/, '');
  const parts = path.split('/');
  const unsafe = parts.some((part) => part === '' || part === '.' || part === '..' || part.startsWith('.wh.'));
  assert.ok(!unsafe, `the name "${name}" is safe for a naive extractor`);
  return path as ByteString;
}

function typeflagOf({ block }: Header): string {
  return block.toString('latin1', 156, 157);
}

function idOf({ block, pax }: Header, key: string, offset: number): number {
  return Number(pax.get(key)?.toString() ?? numberAt(block, offset, 8));
}

function mtimeOf({ block, pax }: Header): bigint {
  const told = pax.get('mtime')?.toString();
  if (told === undefined) return numberAt(block, 136, 12) * 1_000_000_000n;
  const [whole = '0', fraction = ''] = told.replace('-', '').split('.');
  const size = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  return told.startsWith('-') ? -size : size;
}

/** Octal, or base-256 in two's complement when the first bit is set. */
function numberAt(block: Buffer, offset: number, length: number): bigint {
  const field = block.subarray(offset, offset + length);
  if (((field[0] ?? 0) & 0x80) === 0) return BigInt(`0o${textAt(block, offset, length).trim() || '0'}`);
  const value = field.reduce((total, byte, index) => total * 256n + BigInt(index === 0 ? byte & 0x7f : byte), 0n);
  return BigInt.asIntN(length * 8 - 1, value);
}

function textAt(block: Buffer, offset: number, length: number): ByteString {
  const text = block.toString('latin1', offset, offset + length);
  const end = text.indexOf('\0');
  return (end < 0 ? text : text.slice(0, end)) as ByteString;
}

function assertChecksum(block: Buffer): void {
  const told = Number(numberAt(block, 148, 8));
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  assert.equal(sum, told, 'header checksums are right');
}
