import type { OperationOptions } from '../base/index.ts';
import { writeLayer, type WriteLayerOptions, type WrittenLayer } from '../layer/index.ts';
import type { PlannedEntry } from '../tree/index.ts';
import type { OpenTree } from '../trees/index.ts';
import type { TakeLayer } from './layer-file.ts';
import { writtenFiles } from './plan-changes.ts';

export interface WriteChangesOptions extends OperationOptions, Pick<WriteLayerOptions, 'compression' | 'level'> {
  readonly jobs?: number;
}

/**
 * Writes a planned layer with the content of the tree it leads to; uncompressed unless told otherwise.
 * @throws the codes of `writeLayer` and of the content of the tree, and what `take` throws
 */
export async function writeChanges(
  target: OpenTree,
  plan: readonly PlannedEntry[],
  take: TakeLayer,
  options: WriteChangesOptions,
): Promise<WrittenLayer> {
  const { compression = 'none', level, jobs, signal } = options;
  const openBody = await target.openBodies(writtenFiles(plan), options);
  options.onEvent?.({ kind: 'phase', phase: 'write' });
  return await writeLayer(plan, openBody, take, {
    compression,
    ...(level === undefined ? {} : { level }),
    ...(jobs === undefined ? {} : { jobs }),
    ...(signal && { signal }),
  });
}
