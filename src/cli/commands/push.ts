import { HoldfastError } from '../../base/index.ts';
import { formatImageName, parseReference } from '../../oci/index.ts';
import { localStoreDirectory } from '../../store/index.ts';
import type { CommandContext } from '../command-context.ts';
import { copyAndReport } from './copy.ts';

/** `holdfast push [SRC] IMAGE` */
export async function run(context: CommandContext): Promise<void> {
  const [first = '', second] = context.arguments;
  const image = second ?? first;
  const reference = parseReference(image);
  if (reference.transport !== 'registry') {
    const hint = 'push sends to a registry; to anywhere else: holdfast copy';
    throw new HoldfastError('TRANSPORT_UNSUPPORTED', { transport: reference.transport, hint });
  }
  const stored = `oci:${localStoreDirectory(context.io.env)}:${formatImageName(reference.name)}`;
  await copyAndReport(context, second === undefined ? stored : first, image);
}
