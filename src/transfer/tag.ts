import type { Digest, OperationOptions } from '../base/index.ts';
import { HoldfastError, quoteText } from '../base/index.ts';
import { openSource } from '../image/index.ts';
import { formatImageName, type ImageName, parseReference } from '../oci/index.ts';
import { type RegistryUse, useRegistry } from '../registry/index.ts';
import { openLayoutStore } from '../store/index.ts';

export interface TagOptions extends OperationOptions, RegistryUse {}

export interface TagResult {
  /** What has the new name now. */
  readonly reference: string;
  readonly digest: Digest;
}

/**
 * Gives what a reference names, an index too, one more tag in the same repository or layout. No blob is moved.
 * @param reference `[docker://][HOST/]NAME[:TAG][@DIGEST]` or `oci:DIR[:TAG]`
 * @param tag alone; in a layout any text without control characters
 * @throws USAGE for what is no tag, IMAGE_NOT_FOUND, REFERENCE_INVALID, TRANSPORT_UNSUPPORTED, SETTINGS_INVALID, and the
 * codes of documents, the network and the store
 */
export async function tagImage(reference: string, tag: string, options: TagOptions = {}): Promise<TagResult> {
  const parsed = parseReference(reference);
  if (parsed.transport !== 'registry' && parsed.transport !== 'oci') {
    const hint = 'tags are set in registries and OCI layouts; copy the image to give it another name elsewhere';
    throw new HoldfastError('TRANSPORT_UNSUPPORTED', { transport: parsed.transport, what: 'tagging', hint });
  }
  requireTag(tag, parsed.transport);
  if (parsed.transport === 'registry') return await tagInRegistry({ ...parsed.name, text: reference }, tag, options);
  return await tagInLayout({ path: parsed.path, text: reference }, tag, options);
}

async function tagInRegistry(
  { text, registry: host, repository }: ImageName & { readonly text: string },
  tag: string,
  options: TagOptions,
): Promise<TagResult> {
  const { signal, network } = options;
  await using registry = useRegistry(options);
  await using source = await openSource(text, { registry, network, ...(signal && { signal }) });
  const { bytes, digest, document } = source.root;
  const name = { registry: host, repository, tag };
  await registry.putManifest(name, { bytes, digest, mediaType: document.mediaType }, { signal });
  return { reference: `docker://${formatImageName(name)}`, digest };
}

async function tagInLayout(
  { text, path }: { readonly text: string; readonly path: string },
  tag: string,
  { signal }: TagOptions,
): Promise<TagResult> {
  await using source = await openSource(text, signal && { signal });
  const { bytes, digest, document } = source.root;
  using layout = openLayoutStore(path, { create: false });
  const known = layout.manifests().find((one) => one.digest === digest);
  await layout.tag(tag, known ?? { mediaType: document.mediaType, digest, size: bytes.length }, signal);
  return { reference: `oci:${path}:${tag}`, digest };
}

/** A layout takes any name that a reference can hold. @throws USAGE */
function requireTag(tag: string, transport: 'registry' | 'oci'): void {
  const isTag = transport === 'registry' ? /^\w[\w.-]{0,127}$/.test(tag) : /^\P{C}+$/u.test(tag);
  if (isTag) return;
  const allowed =
    transport === 'registry'
      ? 'letters, digits, "_", "." and "-", 128 at most'
      : 'no control characters, and is not empty';
  const hint = 'the tag stands alone: holdfast tag registry.example/app:1.0 stable';
  throw new HoldfastError('USAGE', { message: `${quoteText(tag)} is not a tag, which has ${allowed}`, hint });
}
