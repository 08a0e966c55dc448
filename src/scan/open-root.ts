import { constants, openSync } from 'node:fs';
import { fromJsonText, HoldfastError, toBytes } from '../base/index.ts';
import { asRefused, errnoOf } from '../host/index.ts';

const { O_RDONLY, O_DIRECTORY } = constants;

/**
 * Opens the directory that is the root of a live tree. Only here a link is followed, because the user named it.
 * @throws IMAGE_NOT_FOUND, HOST_REFUSED
 */
export function openRoot(directory: string): number {
  if (directory.includes('\0')) throw notThere(directory, 'no name holds a NUL');
  try {
    return openSync(toBytes(fromJsonText(directory)), O_RDONLY | O_DIRECTORY);
  } catch (error) {
    const refusal = asRefused('open', directory, error);
    const reason = { ENOENT: 'there is no such directory', ENOTDIR: 'it is not a directory' }[errnoOf(refusal) ?? ''];
    throw reason === undefined ? refusal : notThere(directory, reason);
  }
}

function notThere(directory: string, reason: string): HoldfastError {
  return new HoldfastError('IMAGE_NOT_FOUND', { reference: directory, reason });
}
