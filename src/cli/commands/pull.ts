import { escapeText, HoldfastError } from '../../base/index.ts';
import { parseReference } from '../../oci/index.ts';
import type { CommandContext } from '../command-context.ts';
import { storedPlace } from '../stored-place.ts';
import { copyAndReport } from './copy.ts';

/** `holdfast pull IMAGE [DST]` */
export async function run(context: CommandContext): Promise<void> {
  const [image = '', destination] = context.arguments;
  const reference = parseReference(image);
  if (reference.transport !== 'registry') {
    const hint = 'pull fetches from a registry; from anywhere else: holdfast copy';
    throw new HoldfastError('TRANSPORT_UNSUPPORTED', { transport: reference.transport, what: 'pulling', hint });
  }
  if (destination !== undefined) return await copyAndReport(context, image, destination);
  const stored = storedPlace(context, reference.name);
  await copyAndReport(context, image, stored, `pulled ${escapeText(image)} into the local store`);
}
