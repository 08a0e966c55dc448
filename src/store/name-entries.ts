/** What naming an image makes of the entries of an index. */
import { type Descriptor, refNameOf } from '../oci/index.ts';

const refName = 'org.opencontainers.image.ref.name';

/**
 * Every entry with that name goes, and the new one stands where the first stood. A nameless entry for the same blob goes
 * too, as it says nothing more; skopeo does the same.
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
    return otherName === undefined ? other.digest === entry.digest : otherName === name;
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
