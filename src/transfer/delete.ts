import { HoldfastError, type OperationOptions } from '../base/index.ts';
import { parseReference, refNameOf } from '../oci/index.ts';
import { type RegistryUse, useRegistry } from '../registry/index.ts';
import { openLayoutStore } from '../store/index.ts';

/**
 * Deletes a tag, or with a digest a manifest and every tag that leads to it; what goes has to be named. In a layout the blobs stay until they are collected.
 * @param reference `[docker://][HOST/]NAME[:TAG][@DIGEST]`, `oci:DIR:TAG` or `oci:DIR@DIGEST`
 * @throws USAGE without tag and digest, IMAGE_NOT_FOUND, REGISTRY_LACKS where deleting is not offered,
 * ACCESS_DENIED, REFERENCE_INVALID, TRANSPORT_UNSUPPORTED, and the codes of the network and of the store
 */
export async function deleteImage(reference: string, options: OperationOptions & RegistryUse = {}): Promise<void> {
  const parsed = parseReference(reference);
  const { signal } = options;
  if (parsed.transport === 'registry') {
    // Nobody deletes "latest" by leaving something out.
    if (parsed.name.tag === 'latest' && !reference.endsWith(':latest')) throw nothingNamed(reference);
    await using registry = useRegistry(options);
    return await registry.deleteManifest(parsed.name, { signal });
  }
  if (parsed.transport !== 'oci') {
    const hint = 'images are deleted in registries and OCI layouts';
    throw new HoldfastError('TRANSPORT_UNSUPPORTED', { transport: parsed.transport, what: 'deleting', hint });
  }
  const { path, tag, digest } = parsed;
  if (tag === undefined && digest === undefined) throw nothingNamed(`oci:${path}`);
  using layout = openLayoutStore(path, { create: false });
  let isFound = false;
  await layout.update((entries) => {
    const kept = entries.filter((entry) => (tag === undefined ? entry.digest !== digest : refNameOf(entry) !== tag));
    isFound = kept.length < entries.length;
    return kept;
  }, signal);
  if (!isFound) throw new HoldfastError('IMAGE_NOT_FOUND', { reference, reason: 'the layout has no such image' });
}

function nothingNamed(place: string): HoldfastError {
  const message = 'delete needs a tag or a digest';
  return new HoldfastError('USAGE', { message, hint: `write ${place}:TAG or ${place}@DIGEST` });
}
