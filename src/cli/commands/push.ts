import { escapeText, HoldfastError, isHoldfastError } from '../../base/index.ts';
import { type ImageName, parseReference } from '../../oci/index.ts';
import { localStoreDirectory } from '../../store/index.ts';
import type { CommandContext } from '../command-context.ts';
import { storedPlace } from '../stored-place.ts';
import { copyAndReport } from './copy.ts';

/** `holdfast push [SRC] IMAGE` */
export async function run(context: CommandContext): Promise<void> {
  const [first = '', second] = context.arguments;
  const image = second ?? first;
  const reference = parseReference(image);
  if (reference.transport !== 'registry') {
    const hint =
      second === undefined
        ? 'push needs to know where to: holdfast push SRC IMAGE'
        : 'push sends to a registry; to anywhere else: holdfast copy';
    throw new HoldfastError('TRANSPORT_UNSUPPORTED', { transport: reference.transport, what: 'pushing', hint });
  }
  if (second !== undefined) return await copyAndReport(context, first, second);
  await pushStored(context, image, reference.name);
}

/** What the local store has under the name. */
async function pushStored(context: CommandContext, image: string, name: ImageName): Promise<void> {
  const store = localStoreDirectory(context.io.env);
  try {
    await copyAndReport(context, storedPlace(context, name), image, `pushed ${escapeText(image)} from the local store`);
  } catch (error) {
    if (!isHoldfastError(error, 'IMAGE_NOT_FOUND') || error.data.reference !== store) throw error;
    const reason = 'it was not pulled into the local store';
    const hint = `pull it first, or say what to push: holdfast push SRC ${image}`;
    throw new HoldfastError('IMAGE_NOT_FOUND', { reference: image, reason, hint }, { cause: error });
  }
}
