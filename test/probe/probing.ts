/** What tests of probes share: a directory with everything in it, a running probe, and its tree as a listing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { type ByteString, fromText } from '../../src/base/index.ts';
import { host } from '../../src/host/index.ts';
import { type ProbeServerOptions, type RunningProbe, startProbe } from '../../src/probe/index.ts';
import type { Inode } from '../../src/tree/index.ts';
import { inodes } from '../../src/tree/index.ts';
import { openTree, type OpenTree } from '../../src/trees/index.ts';
import { listingWith } from '../cases/apply-in-memory.ts';
import type { TreeListing } from '../cases/index.ts';
import { isRoot } from '../unpack/scratch.ts';

export const token = 'a-token-of-thirty-two-characters';

/** Kinds, link groups, odd names and times, sizes, xattrs, and devices where that is allowed. */
export function fillDirectory(directory: string): void {
  const at = (name: string): Buffer => Buffer.from(`${directory}/${name}`, 'latin1');
  for (const name of ['a', 'a/deep', 'a/deep/down', 'empty', '\xff\xfe', 'a-b']) fs.mkdirSync(at(name));
  fs.writeFileSync(at('a/file'), 'content');
  fs.writeFileSync(at('a/deep/down/large'), Buffer.alloc(700_000, 'large '));
  fs.writeFileSync(at('a/none'), '');
  fs.linkSync(at('a/file'), at('a-b/second'));
  fs.linkSync(at('a/file'), at('third\nname'));
  fs.writeFileSync(at('\xff\xfe/\xc3\x28'), 'invalid UTF-8');
  fs.writeFileSync(at('é'.normalize()), 'valid UTF-8');
  fs.symlinkSync('../nowhere/\xe9', at('a/link'));
  fs.linkSync(at('a/link'), at('a/link-too'));
  fs.chmodSync(at('a/file'), 0o4751);
  execFileSync('mkfifo', [path.join(directory, 'fifo')]);
  execFileSync('touch', ['-d', '1969-12-31T23:59:58.123456789Z', path.join(directory, 'a/none')]);
  if (isRoot) {
    execFileSync('mknod', [path.join(directory, 'null'), 'c', '1', '3']);
    fs.chownSync(at('empty'), 1000, 4_294_967_294);
    const file = fs.openSync(at('a/file'), 'r');
    host.setXattrOf(file, fromText('user.bytes'), Buffer.from([0, 255, 10]));
    host.setXattrOf(file, fromText('user.empty'), Buffer.alloc(0));
    fs.closeSync(file);
  }
}

/** A probe on any port, ended after the test. */
export async function probing(test: TestContext, options: Partial<ProbeServerOptions>): Promise<RunningProbe> {
  const probe = await startProbe({ token, address: '127.0.0.1:0', ...options });
  test.after(() => probe[Symbol.asyncDispose]());
  return probe;
}

/** The tree of a probe, disposed of after the test. */
export async function probed(test: TestContext, url: string, probeToken = token): Promise<OpenTree> {
  const tree = await openTree(url, { probeToken, network: { env: {} } });
  test.after(() => tree[Symbol.asyncDispose]());
  return tree;
}

/** With contents as their digests tell them; all have to be known. */
export async function listingOfOpen(tree: OpenTree): Promise<TreeListing> {
  const digests = await tree.contentDigests(inodes(tree.tree));
  assert.deepEqual(digests.problems, []);
  const contentOf = (inode: Inode): string => digests.get(inode)?.slice('sha256:'.length) ?? 'none';
  const listing = new Map(listingWith(tree.tree, () => []));
  for (const [name, facts] of listing) {
    if (facts.kind !== 'file') continue;
    const inode = inodeAt(tree, name);
    listing.set(name, { ...facts, content: { sha256: contentOf(inode), size: inode.size } });
  }
  return listing;
}

function inodeAt({ tree }: OpenTree, path: ByteString): Inode {
  let inode: Inode | undefined = tree.root;
  for (const name of path.split('/')) inode = inode?.children?.get(name as ByteString);
  assert.ok(inode);
  return inode;
}

export function ask(url: string, options: Omit<RequestInit, 'headers'> = {}): Promise<Response> {
  return fetch(url, { ...options, headers: { authorization: `Bearer ${token}` } });
}

/** The lines of an answer, as JSON. */
export async function linesOf(response: Response): Promise<Record<string, unknown>[]> {
  const text = await response.text();
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
