import { readFileSync } from 'node:fs';
import { fromBytes, toJsonText } from '../base/index.ts';

/**
 * The arguments of this process in the form of JSON paths. Node replaces bytes that are not valid UTF-8; Linux still
 * has them.
 */
export function exactArguments(): readonly string[] {
  const argv = process.argv.slice(2);
  if (!argv.some((argument) => argument.includes('\ufffd'))) return argv;
  try {
    const all = fromBytes(readFileSync('/proc/self/cmdline')).split('\0').slice(0, -1);
    return all.slice(all.length - argv.length).map((argument) => toJsonText(argument as ReturnType<typeof fromBytes>));
  } catch {
    return argv;
  }
}
