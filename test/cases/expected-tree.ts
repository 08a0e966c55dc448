/**
 * What a list of entries says when it is simply read: each entry is at its path, a hard link joins its target's group,
 * directories that are needed and not listed are implied. No markers, no resolution, no order: on purpose nothing that
 * the engine does.
 */
import assert from 'node:assert/strict';
import { type ByteString, fromText } from '../../src/base/index.ts';
import type { EntrySpec } from '../../src/testing/index.ts';
import {
  type Facts,
  impliedDirectory,
  listedContent,
  listedTime,
  listedXattrs,
  rootPath,
  type TreeListing,
  withGroups,
} from './tree-listing.ts';

export { listingOfDirectory, xattrsReadable } from './listing-of-directory.ts';
export { listingOfTar } from './listing-of-tar.ts';
export { assertSameTree, differences, type Facts, impliedDirectory, type TreeListing } from './tree-listing.ts';

/** The listing of an expected tree; a list that says one path twice is a mistake in the test. */
export function expectedListing(entries: readonly EntrySpec[]): TreeListing {
  const facts = new Map<ByteString, Facts>();
  const bodies = new Map<ByteString, ByteString>();
  for (const entry of entries.filter(({ kind }) => kind !== 'hardlink')) {
    place(facts, plainPath(entry.name), factsOf(entry));
  }
  for (const entry of entries.filter(({ kind }) => kind === 'hardlink')) {
    const [path, target] = [plainPath(entry.name), plainPath(entry.linkName)];
    const body = facts.get(target);
    assert.ok(body && !bodies.has(target), `the expected tree links to "${target}", which it does not list before`);
    place(facts, path, body);
    bodies.set(path, target);
  }
  implyParents(facts);
  return withGroups(facts, (path) => bodies.get(path) ?? path);
}

function place(facts: Map<ByteString, Facts>, path: ByteString, own: Facts): void {
  assert.ok(!facts.has(path), `the expected tree lists "${path}" twice`);
  facts.set(path, own);
}

function factsOf(entry: EntrySpec): Facts {
  const { kind } = entry;
  assert.ok(kind !== 'hardlink');
  return {
    kind,
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    mtime: listedTime(entry.mtime),
    ...(kind === 'file' ? { content: listedContent(entry.size, entry.content, entry.sparse) } : {}),
    ...(kind === 'symlink' ? { linkText: entry.linkName } : {}),
    ...(kind === 'char' || kind === 'block' ? { device: `${entry.deviceMajor}:${entry.deviceMinor}` } : {}),
    xattrs: listedXattrs(entry.xattrs ?? []),
  };
}

function implyParents(facts: Map<ByteString, Facts>): void {
  for (const path of facts.keys()) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const parent = path.slice(0, at) as ByteString;
      const present = facts.get(parent);
      assert.ok(!present || present.kind === 'directory', `"${parent}" is a parent and no directory`);
      if (!present) facts.set(parent, impliedDirectory);
    }
  }
  if (!facts.has(rootPath)) facts.set(rootPath, impliedDirectory);
}

function plainPath(name: ByteString): ByteString {
  const path = name.replace(/\/$/, '');
  const parts = path.split('/');
  assert.ok(path === '.' || !parts.some((part) => part === '' || part === '.' || part === '..'), `"${name}" is a path`);
  return path === '.' ? fromText('.') : (path as ByteString);
}
