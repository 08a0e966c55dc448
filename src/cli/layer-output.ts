/** What commands that compare trees, and write layers, take from the command line. */
import { HoldfastError } from '../base/index.ts';
import type { Compression } from '../codec/index.ts';
import type { DiffOptions, UpperDirectory } from '../snapshot/index.ts';
import type { CommandContext } from './command-context.ts';
import { openOptions, rootfsOptions } from './engine-options.ts';

export function comparingOptions(context: CommandContext): Omit<DiffOptions, 'output'> {
  const { ignore, exact, atLayer, hostXattrs, crossMounts, compressionLevel } = context.values;
  const { limits, ...opening } = openOptions(context);
  return {
    ...opening,
    ...rootfsOptions(context),
    ...(limits && { limits }),
    ...(atLayer === undefined ? {} : { atLayer }),
    ...(compressionLevel === undefined ? {} : { level: compressionLevel }),
    compression: compressionOf(context),
    ignore,
    exact,
    hostXattrs,
    crossMounts,
  };
}

function compressionOf({ values: { layerCompression, layerOutput = '' } }: CommandContext): Compression {
  if (layerCompression !== undefined) return layerCompression;
  if (/\.t?gz$/.test(layerOutput)) return 'gzip';
  return /\.(?:zst|tzst)$/.test(layerOutput) ? 'zstd' : 'none';
}

/** What is compared: a directory or tree, or with --upper an upper directory. */
export function comparedTree({ values }: CommandContext, name: string): string | UpperDirectory {
  return values.upper ? { upper: name } : name;
}

/** Where the layer goes: a file, or stdout for `-`. @throws TERMINAL_REFUSED */
export function layerOutput({ values, output }: CommandContext): DiffOptions['output'] {
  const { layerOutput: file } = values;
  if (file !== '-') return file;
  if (output.isTerminal) throw new HoldfastError('TERMINAL_REFUSED', { output: 'a layer' });
  return async (chunks) => {
    for await (const chunk of chunks) await output.write(chunk);
  };
}
