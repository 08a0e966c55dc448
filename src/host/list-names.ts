import fs from 'node:fs';
import { type ByteString, fromBytes } from '../base/index.ts';
import { guarded } from './refused.ts';

/** The names in an open directory, in no particular order. @throws HOST_REFUSED */
export function listNames(directory: number): ByteString[] {
  const names = guarded('read', '' as ByteString, () =>
    fs.readdirSync(`/proc/self/fd/${directory}`, { encoding: 'buffer' }),
  );
  return names.map((name) => fromBytes(name));
}
