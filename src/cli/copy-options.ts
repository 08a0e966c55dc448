import type { CopyOptions } from '../transfer/index.ts';
import type { CommandContext } from './command-context.ts';
import { openOptions } from './engine-options.ts';

/** Values of options as a copy takes them. */
export function copyOptions(context: CommandContext): CopyOptions {
  const { values, output } = context;
  const { platform, jobs, all, referrers } = values;
  const { signal, onEvent, limits, stdin, network } = openOptions(context);
  return {
    ...(signal && { signal }),
    ...(onEvent && { onEvent }),
    ...(limits && { limits }),
    ...(jobs === undefined ? {} : { jobs }),
    network,
    stdin,
    stdout: output,
    platforms: platform === undefined ? [] : platform.split(',').filter(Boolean),
    all,
    referrers,
  };
}
