/** What the tests of the store share: directories, blobs, and other processes that use the same store. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Digest, digestAlgorithm, digestHex, type DigestAlgorithm } from '../../src/base/index.ts';
import { digestOf } from '../../src/codec/index.ts';
import type { Descriptor } from '../../src/oci/index.ts';
import { type LayoutStore, openLayoutStore } from '../../src/store/index.ts';
import { type BuiltImage, type BuiltIndex, layoutFiles } from '../../src/testing/index.ts';

export interface Blob {
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly size: number;
}

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** A directory that is removed after the test. */
export function temporary(test: TestContext): string {
  const directory = fs.mkdtempSync(path.join(tmpdir(), 'holdfast-store-'));
  test.after(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

/** A new store, closed after the test. */
export function newStore(test: TestContext, directory = path.join(temporary(test), 'layout')): LayoutStore {
  return opened(test, directory);
}

export function opened(test: TestContext, directory: string): LayoutStore {
  const store = openLayoutStore(directory, { create: true });
  test.after(() => store[Symbol.dispose]());
  return store;
}

export function blobOf(content: string | Buffer, algorithm: DigestAlgorithm = 'sha256'): Blob {
  const bytes = Buffer.from(content);
  return { bytes, digest: digestOf(bytes, algorithm), size: bytes.length };
}

export function randomBlob(size: number): Blob {
  return blobOf(randomBytes(size));
}

/** How an index refers to a blob as if it were a manifest. */
export function manifestEntry({ digest, size }: Pick<Blob, 'digest' | 'size'>): Descriptor {
  return { mediaType: manifestType, digest, size };
}

/** Puts every blob of an image, and the image itself last. */
export async function putImage(store: LayoutStore, image: BuiltImage | BuiltIndex): Promise<Descriptor> {
  const files = [...layoutFiles({ it: image })].filter(([name]) => name.startsWith('blobs/'));
  for (const [name, bytes] of files) {
    const digest = name.replace('blobs/', '').replace('/', ':') as Digest;
    await store.put({ digest, size: bytes.length }, bytes);
  }
  return { mediaType: image.mediaType, digest: image.digest, size: image.size };
}

export function pathOf(store: LayoutStore, digest: Digest): string {
  return path.join(store.directory, 'blobs', digestAlgorithm(digest), digestHex(digest));
}

export function partialOf(store: LayoutStore, digest: Digest): string {
  return path.join(store.directory, '.holdfast/ingest', `${digestAlgorithm(digest)}-${digestHex(digest)}`);
}

export function readIndexFile(store: Pick<LayoutStore, 'directory'>): { manifests: Record<string, unknown>[] } {
  const text = fs.readFileSync(path.join(store.directory, 'index.json'), 'utf8');
  return JSON.parse(text) as { manifests: Record<string, unknown>[] };
}

/** Another process with the same store; see store-process.ts. */
export interface StoreProcess {
  readonly child: ChildProcess;
  /** Resolves with what it says until it says this. */
  readonly said: (text: string) => Promise<string>;
  /** Resolves with all it said. */
  readonly ended: Promise<string>;
}

const script = fileURLToPath(new URL('store-process.ts', import.meta.url));

export function startProcess(
  test: TestContext,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): StoreProcess {
  const env = { ...process.env, NODE_NO_WARNINGS: '1', ...environment };
  const child = spawn(process.execPath, [script, ...words], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  test.after(() => child.kill('SIGKILL'));
  let output = '';
  const listeners = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    for (const listener of listeners) listener();
  });
  const ended = new Promise<string>((resolve) => {
    child.on('close', () => resolve(output));
  });
  const said = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!output.includes(text)) return;
        listeners.delete(look);
        resolve(output);
      };
      listeners.add(look);
      look();
      void ended.then(() =>
        reject(new assert.AssertionError({ message: `it ended before it said ${text}: ${output}` })),
      );
    });
  return { child, said, ended };
}
