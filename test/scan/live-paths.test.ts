import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { type ByteString, fromText } from '../../src/base/index.ts';
import { resolveLivePaths, scanDirectory } from '../../src/scan/index.ts';
import { resolveFilePaths } from '../../src/tree/index.ts';
import { resolveCases } from '../tree/resolve-cases.ts';
import { isRoot, scratch } from '../unpack/scratch.ts';

type Spec = Readonly<Record<string, string | undefined>>;

/** Puts there what fits; a name that is taken stays as it is. */
function makeTree(directory: string, spec: Spec): void {
  for (const [name, text] of Object.entries(spec)) {
    const full = path.join(directory, name);
    try {
      fs.mkdirSync(path.dirname(full), { recursive: true });
      if (text !== undefined) fs.symlinkSync(text, full);
      else if (name.endsWith('/')) fs.mkdirSync(full, { recursive: true });
      else fs.writeFileSync(full, '', { flag: 'wx' });
    } catch (error) {
      assert.ok(error instanceof Error && 'code' in error);
    }
  }
}

void describe('resolving file paths in a live directory', () => {
  for (const { title, tree, inputs, ignored, expected } of resolveCases) {
    void it(title, (t) => {
      const directory = scratch(t);
      makeTree(directory, tree);
      const open = fs.readdirSync('/proc/self/fd').length;
      assert.deepEqual(resolveLivePaths(directory, inputs.map(fromText), ignored), expected);
      assert.equal(fs.readdirSync('/proc/self/fd').length, open);
    });
  }

  void it('gives what the scanned tree gives', async (t) => {
    const names = fc.constantFrom('a', 'b', 'c');
    const anyPath = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const texts = fc.constantFrom('a', 'b/c', '../a', '/b', '/c/../a/b', '.', 'a/b', '../../c', 'nowhere');
    const spec = fc.dictionary(anyPath, fc.option(texts, { freq: 2, nil: undefined }), { maxKeys: 10 });
    const inputs = fc.array(
      fc.array(fc.oneof(names, fc.constant('..')), { maxLength: 4 }).map((parts) => parts.join('/') as ByteString),
      { maxLength: 4 },
    );
    const property = fc.asyncProperty(spec, inputs, async (tree, asked) => {
      const directory = scratch(t);
      makeTree(directory, tree);
      using live = await scanDirectory(directory);
      assert.deepEqual(resolveLivePaths(directory, asked, ['c/a']), resolveFilePaths(live.tree, asked, ['c/a']));
    });
    await fc.assert(property, { numRuns: 60 });
  });

  void it('takes names that no file system can hold for what is not there', (t) => {
    const directory = scratch(t);
    fs.symlinkSync('n'.repeat(300), path.join(directory, 'link'));
    const odd = ['n'.repeat(300), 'a\0b', 'link'] as ByteString[];
    assert.deepEqual(resolveLivePaths(directory, odd), [...odd].sort());
  });

  void it('sees sockets and devices as what they are: no links', { skip: !isRoot && 'needs root' }, () => {
    assert.deepEqual(resolveLivePaths('/dev', [fromText('null')]), ['null']);
  });

  void it('says so when there is no such directory', () => {
    assert.throws(() => resolveLivePaths('/nowhere/at/all', []), { code: 'IMAGE_NOT_FOUND' });
  });
});
