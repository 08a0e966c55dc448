import type { Digest, OperationOptions } from '../base/index.ts';
import { HoldfastError } from '../base/index.ts';
import { openSource } from '../image/index.ts';
import { formatImageName, type ImageName, parseImageName, parseReference } from '../oci/index.ts';
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
 * @throws IMAGE_NOT_FOUND, REFERENCE_INVALID, TRANSPORT_UNSUPPORTED, and the codes of the transport
 */
export async function tagImage(reference: string, tag: string, options: TagOptions = {}): Promise<TagResult> {
  const parsed = parseReference(reference);
  const { signal } = options;
  if (parsed.transport !== 'registry' && parsed.transport !== 'oci') {
    const hint = 'tags are set in registries and OCI layouts; copy the image to give it another name elsewhere';
    throw new HoldfastError('TRANSPORT_UNSUPPORTED', { transport: parsed.transport, hint });
  }
  await using registry = useRegistry(options);
  await using source = await openSource(reference, { registry, ...(signal && { signal }) });
  const { bytes, digest, document } = source.root;
  const { mediaType } = document;
  if (parsed.transport === 'registry') {
    const name = taggedName(parsed.name, tag);
    await registry.putManifest(name, { bytes, digest, mediaType }, { signal });
    return { reference: `docker://${formatImageName(name)}`, digest };
  }
  using layout = openLayoutStore(parsed.path, { create: false });
  const entry = layout.manifests().find((one) => one.digest === digest) ?? { mediaType, digest, size: bytes.length };
  await layout.tag(tag, entry, signal);
  return { reference: `oci:${parsed.path}:${tag}`, digest };
}

function taggedName({ registry, repository }: ImageName, tag: string): ImageName {
  return parseImageName(`${registry}/${repository}:${tag}`, tag);
}
