/** Values of options as the engine takes them. */
import { addAbortSignal } from 'node:stream';
import type { Limits } from '../base/index.ts';
import type { OpenOptions } from '../image/index.ts';
import type { PathSelection, RootfsOptions } from '../rootfs/index.ts';
import type { CommandContext } from './command-context.ts';
import { networkUse } from './network-use.ts';

export function openOptions(context: CommandContext): OpenOptions {
  const { values, signal, onEvent } = context;
  return {
    signal,
    onEvent,
    limits: limitsOf(values),
    stdin: stdinOf(context),
    network: networkUse(context),
    ...present({ platform: values.platform }),
  };
}

export function rootfsOptions({ values, signal, onEvent }: CommandContext): RootfsOptions {
  const { onConflict, jobs } = values;
  return { signal, onEvent, limits: limitsOf(values), onConflict, ...present({ jobs }) };
}

export function selection({ values: { include, exclude } }: CommandContext): PathSelection {
  return { include, exclude };
}

/** Stdin is touched only when it is read; a signal ends the wait for more of it. */
export function stdinOf({ io, signal }: Pick<CommandContext, 'io' | 'signal'>): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => addAbortSignal(signal, io.stdin)[Symbol.asyncIterator]() };
}

function limitsOf(values: CommandContext['values']): Limits {
  return {
    maxEntries: values.maxEntries,
    maxDepth: values.maxDepth,
    maxHeaderBytes: values.maxHeader,
    maxXattrBytes: values.maxXattrs,
    maxSizeBytes: values.maxSize,
    maxRatio: values.maxRatio,
  };
}

type Present<Values> = { readonly [Key in keyof Values]?: Exclude<Values[Key], undefined> };

/** Only the keys that have a value. */
function present<Values extends object>(values: Values): Present<Values> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<Values>;
}
