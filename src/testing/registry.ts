/** A registry for tests: complete and well-behaved, until it is told not to be. */
import { type Digest, parseDigest } from '../base/index.ts';
import type { BuiltImage, BuiltIndex } from './image-of.ts';
import { sha256Of } from './layer-of.ts';
import type { Gate } from './registry-auth.ts';
import type { RegistryAuth, TokenRequest } from './registry-auth-options.ts';
import { RegistryContent, type StoredManifest } from './registry-content.ts';
import type { Answer } from './registry-answers.ts';
import type { RecordedRequest } from './registry-exchange.ts';
import { RegistryFaults } from './registry-faults.ts';
import { defaultQuirks, type RegistryQuirks } from './registry-quirks.ts';
import { answerExchange } from './registry-routes.ts';
import { type IncomingRequest, openSocket, type RegistryTls } from './registry-server.ts';
import { answerToken } from './registry-token-server.ts';
import { preciseNow } from './registry-tokens.ts';

/** The habits of a registry as data; see {@link registryPresets}. */
export interface RegistryPreset {
  readonly quirks?: RegistryQuirks;
  readonly auth?: RegistryAuth;
}

export interface TestRegistryOptions extends RegistryPreset {
  /** What `quirks` and `auth` are laid over. */
  readonly preset?: RegistryPreset;
  /** Speak https with this certificate, which should name 127.0.0.1. */
  readonly tls?: RegistryTls;
  /** Hold the same repositories and uploads as another registry: a host for its blobs, or a mirror. */
  readonly sharing?: TestRegistry;
}

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`, as it stands in the name of an image. */
  readonly host: string;
  /** `http://127.0.0.1:PORT`, or https. */
  readonly url: string;
  /** Every request since the start, in the order of arrival, those for tokens included. */
  readonly requests: readonly RecordedRequest[];
  /** Of these, the ones for tokens, with what came of each. */
  readonly tokenRequests: readonly TokenRequest[];
  /** What is to go wrong with requests that are still to come. */
  readonly faults: RegistryFaults;
  readonly content: RegistryContent;
  /** How many connections were made. */
  readonly connections: number;
  /** The most requests that were under way at once. */
  readonly peakRequests: number;
  /** The repository, empty unless it is there. */
  createRepository(repository: string): void;
  /** Puts an image or index with all that belongs to it into a repository, under a tag unless that is undefined. */
  seed(repository: string, tag: string | undefined, image: BuiltImage | BuiltIndex): void;
  /** Any bytes, under their sha256. */
  seedBlob(repository: string, bytes: Uint8Array): Digest;
  /** Any bytes under a tag or digest, also under one that is not theirs. */
  seedManifest(repository: string, reference: string, bytes: Uint8Array, mediaType: string): Digest;
  /** A blob of any repository. */
  blob(digest: string): Buffer | undefined;
  /** By tag or digest. */
  manifest(repository: string, reference: string): StoredManifest | undefined;
  /** Tags in byte order. */
  tags(repository: string): readonly string[];
  /** Refuses all tokens that were given so far. */
  revokeTokens(): void;
  /** Changes habits while it runs. */
  setQuirks(quirks: RegistryQuirks): void;
  /** Forgets the requests that were recorded. */
  clearRequests(): void;
}

/**
 * Starts a registry in memory on 127.0.0.1, at a port of its own. It follows the OCI distribution specification where it was
 * not told otherwise, by a preset, by quirks, or by {@link RegistryFaults}, which hit single requests; disposing closes it.
 *
 * @example
 * import { file, imageOf, layerOf, registryPresets, startTestRegistry } from 'holdfast/testing';
 *
 * await using registry = await startTestRegistry({
 *   preset: registryPresets.harbor,
 *   auth: { users: { alice: 'secret' } },
 * });
 * registry.seed('team/app', 'latest', imageOf([layerOf([file('a', 'text')])]));
 * registry.faults.add(
 *   { match: { path: /\/blobs\// }, action: { kind: 'cut', afterBytes: 100 } },
 *   { match: { method: 'PUT' }, times: 2, action: { kind: 'answer', status: 503 } },
 * );
 * // … let a client work with `${registry.host}/team/app:latest` …
 * console.log(registry.requests.map(({ method, url, status }) => `${method} ${url} ${status}`));
 */
export async function startTestRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const faults = new RegistryFaults();
  const tokenRequests: TokenRequest[] = [];
  const content = options.sharing?.content ?? new RegistryContent();
  const state = {
    quirks: { ...defaultQuirks, ...options.preset?.quirks, ...options.quirks },
    gate: { auth: { ...options.preset?.auth, ...options.auth }, host: '', origin: '', notBefore: 0 } as Gate,
  };
  const handle = async (request: IncomingRequest): Promise<Answer> => {
    const { gate, quirks } = state;
    const url = new URL(request.path, gate.origin);
    const exchange = { ...request, url, origin: gate.origin, content, quirks };
    const isForToken = gate.auth.kind === 'bearer' && url.pathname === (gate.auth.tokenPath ?? '/token');
    const given = isForToken
      ? await answerToken(gate, exchange, (token) => tokenRequests.push(token))
      : await answerExchange(gate, exchange);
    return { ...given, headers: { ...quirks.headers, ...given.headers } };
  };
  const socket = await openSocket({ tls: options.tls, faults, handle });
  const host = `127.0.0.1:${socket.port}`;
  const url = `${options.tls ? 'https' : 'http'}://${host}`;
  state.gate = { ...state.gate, host, origin: url };
  return {
    host,
    url,
    faults,
    content,
    tokenRequests,
    requests: socket.requests,
    get connections() {
      return socket.connections();
    },
    get peakRequests() {
      return socket.peak();
    },
    ...contentAccess(content),
    revokeTokens: () => (state.gate = { ...state.gate, notBefore: preciseNow() }),
    setQuirks: (quirks) => (state.quirks = { ...state.quirks, ...quirks }),
    clearRequests() {
      socket.requests.length = 0;
      tokenRequests.length = 0;
    },
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

type ContentAccess = Pick<
  TestRegistry,
  'createRepository' | 'seed' | 'seedBlob' | 'seedManifest' | 'blob' | 'manifest' | 'tags'
>;

function contentAccess(content: RegistryContent): ContentAccess {
  return {
    createRepository: (repository) => void content.repository(repository),
    seed: (repository, tag, image) => seed(content, repository, tag, image),
    seedBlob(repository, bytes) {
      const digest = sha256Of(bytes);
      content.repository(repository).blobs.set(digest, Buffer.from(bytes));
      return digest;
    },
    seedManifest: (...manifest) => seedManifest(content, ...manifest),
    blob: (digest) => content.blob(digest),
    manifest: (repository, reference) => content.manifest(repository, reference),
    tags: (repository) => [...(content.repositories.get(repository)?.tags.keys() ?? [])].sort(),
  };
}

function seed(
  content: RegistryContent,
  repository: string,
  tag: string | undefined,
  image: BuiltImage | BuiltIndex,
): void {
  const { blobs } = content.repository(repository);
  if (image.kind === 'index') {
    for (const member of image.members) seed(content, repository, undefined, member);
  } else {
    blobs.set(image.configDigest, image.config);
    for (const layer of image.layers) blobs.set(layer.digest, layer.bytes);
  }
  const bytes = image.kind === 'index' ? image.bytes : image.manifest;
  seedManifest(content, repository, tag ?? image.digest, bytes, image.mediaType);
}

function seedManifest(
  content: RegistryContent,
  ...[repository, reference, bytes, mediaType]: Parameters<TestRegistry['seedManifest']>
): Digest {
  const { manifests, tags } = content.repository(repository);
  const isDigest = reference.includes(':');
  const digest = isDigest ? parseDigest(reference) : sha256Of(bytes);
  manifests.set(digest, { bytes: Buffer.from(bytes), mediaType, digest });
  if (!isDigest) tags.set(reference, digest);
  return digest;
}
