/** Registry clients for tests: quick to repeat, with credentials at hand, and what they did in short. */
import { type BlobContent, type HoldfastError, isHoldfastError, type NetworkEvent } from '../../src/base/index.ts';
import assert from 'node:assert/strict';
import type { Credential, CredentialStore } from '../../src/credentials/index.ts';
import { createHttpClient } from '../../src/http/index.ts';
import { createRegistryClient, type RegistryClient, type RegistryOptions } from '../../src/registry/index.ts';
import { parseImageName, type Descriptor, type ImageName } from '../../src/oci/index.ts';
import { sha256Of, type TestRegistry } from '../../src/testing/index.ts';

export interface ClientOptions extends Partial<RegistryOptions> {
  /** By `HOST/REPOSITORY` or `HOST`. */
  readonly logins?: Readonly<Record<string, Credential>>;
  readonly idleTimeout?: number;
  readonly retries?: number;
}

export interface TestClient extends RegistryClient {
  readonly events: readonly NetworkEvent[];
  /** The keys that credentials were looked up under. */
  readonly lookups: readonly string[];
}

export function openClient(options: ClientOptions = {}): TestClient {
  const { logins = {}, idleTimeout = 2000, retries = 2, ...given } = options;
  const events: NetworkEvent[] = [];
  const lookups: string[] = [];
  const insecureHosts = given.insecureHosts ?? [];
  const http = createHttpClient({ delayScale: 0.01, idleTimeout, retries, insecureHosts, env: {} });
  const credentials: CredentialStore = {
    find: (registry, repository) => {
      lookups.push(`${registry}/${repository}`);
      return Promise.resolve(logins[`${registry}/${repository}`] ?? logins[registry]);
    },
  };
  const client = createRegistryClient({
    http,
    credentials,
    delayScale: 0.01,
    onEvent: (event) => events.push(event),
    ...given,
  });
  return {
    ...client,
    events,
    lookups,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await http[Symbol.asyncDispose]();
    },
  };
}

export function password(username: string, secret: string): Credential {
  return { kind: 'password', username, password: secret };
}

export function nameIn(registry: TestRegistry, rest: string): ImageName {
  return parseImageName(`${registry.host}/${rest}`);
}

/** The requests in short: `GET /v2/a/manifests/b 200`. */
export function trace(registry: TestRegistry): readonly string[] {
  return registry.requests.map(({ method, url, status }) => `${method} ${url} ${status}`);
}

export function blobOf(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed;
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

export function descriptorOf(bytes: Uint8Array): Descriptor {
  return { mediaType: 'application/octet-stream', digest: sha256Of(bytes), size: bytes.length };
}

export function contentOf(bytes: Uint8Array, pieceBytes = 16 * 1024): BlobContent {
  return {
    size: bytes.length,
    async *open(position) {
      for (let at = position; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
    },
  };
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const chunk of chunks) pieces.push(Buffer.from(chunk));
  return Buffer.concat(pieces);
}

export async function all<Value>(values: AsyncIterable<Value>): Promise<readonly Value[]> {
  const found: Value[] = [];
  for await (const value of values) found.push(value);
  return found;
}

/** The error that work ends with, which must be one of Holdfast's. */
export async function failure(work: Promise<unknown>, code?: string): Promise<HoldfastError> {
  const error: unknown = await work.then(
    () => assert.fail('it should have failed'),
    (error: unknown) => error,
  );
  assert.ok(isHoldfastError(error), error instanceof Error ? error.stack : String(error));
  if (code !== undefined) assert.equal(error.code, code, error.message);
  return error;
}
