/** The archives that the tar reader refuses, as inputs of whole images: what is refused there is refused everywhere. */
import { facts, framing, names, sparse } from '../tar/hostile-archives.ts';
import type { HostileInput } from './hostile-row.ts';

/** The refused archives of a row, each as the only layer of an image. */
export function refusedArchives(id: string): HostileInput[] {
  return [...names, ...facts, ...framing, ...sparse].flatMap((archive) => {
    const { title, bytes, options = {}, expected } = archive;
    if (archive.id !== id || typeof expected !== 'string') return [];
    return [{ title, build: () => ({ layers: [bytes()] }), limits: options, expect: { error: expected } }];
  });
}
