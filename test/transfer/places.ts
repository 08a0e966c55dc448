/** Somewhere to copy from and to, for one test. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ErrorCode, isHoldfastError } from '../../src/base/index.ts';
import { openReference } from '../../src/image/index.ts';
import type { NetworkOptions } from '../../src/registry/index.ts';
import {
  type BuiltImage,
  dockerArchiveOf,
  ociArchiveOf,
  startTestRegistry,
  type TestRegistry,
  type TestRegistryOptions,
  writeLayout,
} from '../../src/testing/index.ts';
import { copyImage, type CopyOptions, type CopyResult } from '../../src/transfer/index.ts';

export interface Places {
  readonly directory: string;
  readonly registry: TestRegistry;
  /** Nothing of the machine's own: no credentials, no proxies, a store of its own. */
  readonly network: NetworkOptions;
  copy(from: string, to: string, options?: CopyOptions): Promise<CopyResult>;
}

/** Both are gone after the test. */
export async function places(test: TestContext, options: TestRegistryOptions = {}): Promise<Places> {
  const directory = fs.mkdtempSync(join(tmpdir(), 'holdfast-transfer-'));
  test.after(() => fs.rmSync(directory, { recursive: true, force: true }));
  const registry = await startTestRegistry(options);
  test.after(() => registry[Symbol.asyncDispose]());
  const network = { env: { HOME: directory, HOLDFAST_STORE: join(directory, 'store') } };
  return {
    directory,
    registry,
    network,
    copy: (from, to, own = {}) => copyImage(from, to, { network, ...own }),
  };
}

export const transports = ['registry', 'oci', 'oci-archive', 'docker-archive'] as const;
export type Transport = (typeof transports)[number];

/** A reference to a place of this transport, where `name` is free. */
export function referenceTo({ registry, directory }: Places, transport: Transport, name: string): string {
  if (transport === 'registry') return `docker://${registry.host}/${name}:v1`;
  if (transport === 'docker-archive') return `docker-archive:${join(directory, `${name}.tar`)}:${name}:v1`;
  return `${transport}:${join(directory, `${name}.${transport}`)}:v1`;
}

/** Puts an image where the transport has its images; gives the reference to it. */
export function seed(all: Places, transport: Transport, image: BuiltImage): string {
  const reference = referenceTo(all, transport, 'source');
  if (transport === 'registry') all.registry.seed('source', 'v1', image);
  else if (transport === 'oci') writeLayout(join(all.directory, 'source.oci'), { v1: image });
  else if (transport === 'oci-archive')
    fs.writeFileSync(join(all.directory, 'source.oci-archive'), ociArchiveOf({ v1: image }));
  else fs.writeFileSync(join(all.directory, 'source.tar'), dockerArchiveOf({ 'source:v1': image }, { form: 'new' }));
  return reference;
}

/** What a reference names has this digest, read by the engine's own sources. */
export async function assertNames({ network }: Places, reference: string, digest: string): Promise<void> {
  assert.equal((await openReference(reference, { network })).digest, digest);
}

export async function failsWith(code: ErrorCode, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(isHoldfastError(error), String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}
