/** Images to repair, and what became of them. */
import fs from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { decompress, detectCompression } from '../../src/codec/index.ts';
import { fixImage, type FixOptions, type FixResult } from '../../src/fix/index.ts';
import { openImage } from '../../src/image/index.ts';
import { TarReader } from '../../src/tar/index.ts';
import { type BuiltLayer, imageOf, type ImageOptions, writeLayout } from '../../src/testing/index.ts';
import { bench, type Bench } from '../edit/images.ts';

export { document, exported, failsWith, outcome, referenceTo, seed, shown, transports } from '../edit/images.ts';

export interface FixBench extends Bench {
  /** Puts an image of these layers into a layout. */
  source(layers: readonly BuiltLayer[], options?: ImageOptions): string;
  fix(from: string, to: string, options?: FixOptions): Promise<FixResult>;
}

export async function fixBench(t: TestContext): Promise<FixBench> {
  const all = await bench(t);
  return {
    ...all,
    source: (layers, options = {}) => {
      writeLayout(join(all.directory, 'layers'), { v1: imageOf(layers, options) });
      return `oci:${all.directory}/layers:v1`;
    },
    fix: (from, to, options = {}) => fixImage(from, to, { network: all.network, ...options }),
  };
}

/** The entries of a layer as its archive spells them, such as `hardlink b /a`. */
export async function spelled(reference: string, layer: number): Promise<readonly string[]> {
  const entries: string[] = [];
  for (const event of await events(reference, layer)) {
    const { kind, name, linkName } = event;
    entries.push([kind, name, ...(linkName === '' ? [] : [linkName])].join(' '));
  }
  return entries;
}

async function events(reference: string, layer: number) {
  const bytes = await uncompressed(reference, layer);
  const reader = new TarReader();
  reader.push(bytes);
  reader.finish();
  const entries = [];
  for (let event = reader.next(); event !== undefined; event = reader.next()) {
    if (event.kind === 'entry') entries.push(event.entry);
  }
  return entries;
}

/** The archive of a layer. */
export async function uncompressed(reference: string, layer: number): Promise<Buffer> {
  await using image = await openImage(reference);
  const found = image.layers[layer - 1];
  if (found === undefined) throw new Error(`there is no layer ${layer}`);
  const { fd, offset } = await found.open();
  const stored = Buffer.alloc(found.size);
  fs.readSync(fd, stored, 0, stored.length, offset);
  const chunks: Uint8Array[] = [];
  const source = (async function* () {
    yield stored;
  })();
  for await (const chunk of decompress(source, detectCompression(stored))) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
