/** What naming an image makes of the entries of an index. */
import { type Descriptor, refNameOf } from '../oci/index.ts';

const refName = 'org.opencontainers.image.ref.name';

/**
 * Every entry with that name goes, and the new one stands where the first stood. A nameless entry for the same blob goes
 * too, as with skopeo, unless it has annotations, which say something more.
 *
 * @param name undefined or empty adds a nameless entry
 */
export function withNamed(
  entries: readonly Descriptor[],
  name: string | undefined,
  descriptor: Descriptor,
): readonly Descriptor[] {
  const entry = named(descriptor, name === '' ? undefined : name);
  const isReplaced = (other: Descriptor): boolean => {
    const otherName = refNameOf(other);
    if (otherName !== undefined) return otherName === name;
    return other.digest === entry.digest && Object.keys(other.annotations ?? {}).length === 0;
  };
  const at = entries.findIndex((other) => isReplaced(other));
  if (at < 0) return [...entries, entry];
  const before = entries.slice(0, at);
  return [...before, entry, ...entries.slice(at).filter((other) => !isReplaced(other))];
}

function named(descriptor: Descriptor, name: string | undefined): Descriptor {
  const { annotations = {}, ...rest } = descriptor;
  const { [refName]: _old, ...others } = annotations;
  const own = name === undefined ? others : { ...others, [refName]: name };
  return Object.keys(own).length === 0 ? rest : { ...rest, annotations: own };
}
