/** What no program gets wrong, read from the archives of an image alone. */
import assert from 'node:assert/strict';
import { openImage } from '../../src/image/index.ts';
import { spelled } from './images.ts';

/** Hard links are direct and relative, to a file that their own layer has before them; no name comes twice. */
export async function assertOrderly(reference: string): Promise<void> {
  await using image = await openImage(reference);
  for (const { number } of image.layers) {
    const seen = new Map<string, string>();
    for (const line of await spelled(reference, number)) {
      const [kind = '', name = '', target = ''] = line.split(' ');
      const path = normal(name);
      // Markers are read by their names alone, and names of AUFS leave nothing.
      if (/(?:^|\/)\.wh\./.test(path)) continue;
      const where = `layer ${number}: ${line}`;
      if (kind === 'hardlink') {
        assert.ok(!target.startsWith('/'), where);
        const to = seen.get(normal(target));
        assert.ok(to !== undefined && to !== 'hardlink', where);
      }
      assert.ok(!seen.has(path), where);
      seen.set(path, kind);
    }
  }
}

function normal(name: string): string {
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
