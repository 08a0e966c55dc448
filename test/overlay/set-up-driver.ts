/** Unpacks under an overlay, changes something there, and tells it, as whoever runs it: BASE DIR. */
import fs from 'node:fs';
import path from 'node:path';
import { isHoldfastError } from '../../src/base/index.ts';
import { openImage } from '../../src/image/index.ts';
import { snapshot } from '../../src/snapshot/index.ts';
import { unpackOverlay } from '../../src/unpack/index.ts';
import { indexLayer } from '../cases/apply-in-memory.ts';

const [base = '', root = ''] = process.argv.slice(2);
try {
  await using image = await openImage(base);
  const { overlay } = await unpackOverlay(image, root, { allowLossy: true });
  const head: unknown = JSON.parse(fs.readFileSync(path.join(overlay.lower, '../overlay.json'), 'utf8'));
  console.log((head as { readonly namespace: string }).namespace);
  fs.unlinkSync(path.join(root, 'dir1/a'));
  fs.chmodSync(path.join(root, 'set'), 0o711);
  const output = path.join(path.dirname(root), 'layer.tar');
  const { changes } = await snapshot(base, root, output);
  for (const { change, path: name, aspects = [] } of changes) console.log(change, name, ...aspects);
  const { table } = indexLayer(fs.readFileSync(output));
  const row = Array.from({ length: table.length }, (_, at) => at).find((at) => table.name(at) === 'set') ?? 0;
  console.log(`set is ${table.uid(row)}:${table.gid(row)}`);
} catch (error) {
  console.log(isHoldfastError(error) ? error.code : error);
}
