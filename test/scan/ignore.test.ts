import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { walk } from '../../src/tree/index.ts';
import { fromText } from '../../src/base/index.ts';
import { scratch } from '../unpack/scratch.ts';
import { scanned } from './live-listing.ts';

function directoryWith(t: TestContext, names: readonly string[]): string {
  const directory = scratch(t);
  for (const name of names) {
    fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    fs.writeFileSync(path.join(directory, name), '');
  }
  return directory;
}

async function pathsWithout(t: TestContext, directory: string, ignore: string[]): Promise<[string[], string[]]> {
  const live = await scanned(t, directory, { ignore });
  const paths = [...walk(live.tree)].filter(({ inode }) => !inode.children).map(({ path }) => path);
  return [paths, [...live.ignored]];
}

void describe('what a scan is to ignore', () => {
  const names = ['run/lock', 'running', 'var/run/x', 'var/log/a.log', 'var/log/b', 'a.log', '.git/config'];

  void it('is ignored exactly or as a prefix by component, with everything below', async (t) => {
    const directory = directoryWith(t, names);
    assert.deepEqual(await pathsWithout(t, directory, ['/run', 'var/log/']), [
      ['.git/config', 'a.log', 'running', 'var/run/x'],
      ['run', 'var/log'],
    ]);
  });

  void it('may be named by globs', async (t) => {
    const directory = directoryWith(t, names);
    assert.deepEqual(await pathsWithout(t, directory, ['**/*.log', 'var/*/x', '.g*']), [
      ['run/lock', 'running', 'var/log/b'],
      ['.git', 'a.log', 'var/log/a.log', 'var/run/x'],
    ]);
  });

  void it('is unseen, as is everything below', async (t) => {
    const live = await scanned(t, directoryWith(t, names), { ignore: ['var'] });
    assert.ok(live.isUnseen(fromText('var')) && live.isUnseen(fromText('var/run/x')));
    assert.ok(!live.isUnseen(fromText('run')));
  });

  void it('may be everything', async (t) => {
    assert.deepEqual(await pathsWithout(t, directoryWith(t, ['a', 'b/c']), ['/']), [[], ['a', 'b']]);
  });

  void it('forms no links with what stays', async (t) => {
    const directory = directoryWith(t, ['a/x']);
    fs.linkSync(path.join(directory, 'a/x'), path.join(directory, 'y'));
    const live = await scanned(t, directory, { ignore: ['a'] });
    assert.equal(live.tree.linked.size, 0);
  });
});
