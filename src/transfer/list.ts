/** What there is: tags, repositories, referrers. */
import { type Digest, HoldfastError, type OperationOptions } from '../base/index.ts';
import { openSource, resolvePlatform } from '../image/index.ts';
import { type Descriptor, parsePlatform, parseReference, refNameOf } from '../oci/index.ts';
import { type RegistryUse, useRegistry } from '../registry/index.ts';
import { openLayoutStore } from '../store/index.ts';
import { registryHost } from './registry-host.ts';

export interface ListOptions extends OperationOptions, RegistryUse {
  /** What `-` reads; standard input by default. Only references to images read it. */
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
}

/**
 * The tags of a repository, in the order of the registry, or the names in a layout.
 * @param name `[docker://][HOST/]NAME` or `oci:DIR`
 * @throws IMAGE_NOT_FOUND, REFERENCE_INVALID, TRANSPORT_UNSUPPORTED, STORE_INVALID for what is no layout, SETTINGS_INVALID,
 * and the codes of the network
 */
export async function* listTags(name: string, options: ListOptions = {}): AsyncGenerator<string> {
  const parsed = parseReference(name);
  if (parsed.transport === 'oci') return yield* namesInLayout(parsed.path);
  if (parsed.transport !== 'registry') {
    const hint = 'tags are listed in registries and OCI layouts';
    throw new HoldfastError('TRANSPORT_UNSUPPORTED', { transport: parsed.transport, what: 'listing tags', hint });
  }
  await using registry = useRegistry(options);
  yield* registry.tags(parsed.name, { signal: options.signal });
}

function* namesInLayout(path: string): Generator<string> {
  using layout = openLayoutStore(path, { create: false });
  yield* new Set(layout.manifests().flatMap((entry) => refNameOf(entry) ?? []));
}

/**
 * The repositories of a registry, in its order, as far as it shows them to this user.
 * @param host `HOST[:PORT]`
 * @throws USAGE for what is no host, REGISTRY_LACKS, and the codes of the network
 */
export async function* listRepositories(host: string, options: ListOptions = {}): AsyncGenerator<string> {
  const name = registryHost(host);
  await using registry = useRegistry(options);
  yield* registry.catalog(name, { signal: options.signal });
}

export interface ReferrerReport {
  readonly reference: string;
  /** What the referrers refer to. */
  readonly subject: Digest;
  readonly referrers: readonly ReferrerFacts[];
}

export interface ReferrerFacts {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes of the manifest. */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * What refers to an image: signatures, attestations, SBOMs. By the referrers API or the fall-back tag of a registry, by the
 * entries of a layout; archives of Docker and daemons have none.
 * @param options `platform`: of an index, what refers to this image of it, and not to the index
 * @throws IMAGE_NOT_FOUND, PLATFORM_NOT_FOUND, SETTINGS_INVALID, and the codes of references, documents and the network
 */
export async function listReferrers(
  reference: string,
  options: ListOptions & { readonly artifactType?: string | undefined; readonly platform?: string | undefined } = {},
): Promise<ReferrerReport> {
  const isRemote = parseReference(reference).transport === 'registry';
  await using registry = isRemote ? useRegistry(options) : undefined;
  const { signal, stdin, network, onEvent, platform, artifactType } = options;
  onEvent?.({ kind: 'phase', phase: 'open' });
  const opening = { registry, stdin, network, ...(signal && { signal }), ...(onEvent && { onEvent }) };
  await using source = await openSource(reference, opening);
  const { digest } = platform === undefined ? source.root : await resolvePlatform(source, parsePlatform(platform));
  const found = await source.referrers(digest);
  const wanted = found.filter((entry) => artifactType === undefined || entry.artifactType === artifactType);
  return { reference, subject: digest, referrers: wanted.map(factsOf) };
}

function factsOf({ digest, mediaType, size, artifactType, annotations }: Descriptor): ReferrerFacts {
  return {
    digest,
    mediaType,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
