import { formatImageName, type ImageName } from '../oci/index.ts';
import { localStoreDirectory } from '../store/index.ts';
import type { Place } from '../transfer/index.ts';
import type { CommandContext } from './command-context.ts';

/** An image in the local store, where it has its whole name. The path of the store may hold anything, colons too. */
export function storedPlace({ io }: CommandContext, name: ImageName): Place {
  const [path, tag] = [localStoreDirectory(io.env), formatImageName(name)];
  return { text: `oci:${path}:${tag}`, reference: { transport: 'oci', path, tag } };
}
