/** Upper directories that no kernel writes: each is refused with one code, or means what a mount shows. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { defaultLimits } from '../../src/base/index.ts';
import { directory, file, hardlink, symlink } from '../../src/testing/index.ts';
import { run } from '../differential/programs.ts';
import { taken } from '../snapshot/unpacked.ts';
import { asNobody, cannotChangeUser, driverEnvironment, failure, layoutWith, scratch } from '../unpack/scratch.ts';
import { cannotMountOverlay } from './mounted.ts';
import { all, assertTold, withOverlaid } from './overlaid.ts';

const top = directory('./', { mtime: 0 });
const layers = [
  [
    top,
    directory('dir/'),
    file('dir/a', 'text of a'),
    directory('dir/sub/'),
    file('dir/sub/deep', 'deep'),
    file('one', 'one'),
    hardlink('two', 'one'),
    symlink('to-dir', 'dir'),
    symlink('to-etc', '/etc'),
  ],
];

function mark(name: string, xattr: string, value: string): void {
  run('setfattr', '-h', '-n', `trusted.overlay.${xattr}`, ...(value === '' ? [] : ['-v', value]), name);
}

function redirected(upper: string, name: string, to: string): void {
  fs.mkdirSync(path.join(upper, name));
  mark(path.join(upper, name), 'redirect', to);
}

void describe('an upper directory', { skip: cannotMountOverlay }, () => {
  for (const to of ['', '/', '..', '../dir', '/..', '/dir/../dir', 'a/b', '//dir', '/dir/', '/dir//sub', '.']) {
    void it(`with a redirect to "${to}" is refused, as the kernel refuses the name`, async (t) => {
      await withOverlaid(t, layers, all, async ({ at, upper, reference, remount }) => {
        remount(() => redirected(upper, 'odd', to));
        const { message } = await failure('OVERLAY_INVALID', taken(reference, { upper }));
        assert.match(message, /"odd" in the upper directory: it is redirected/);
        assert.throws(() => fs.statSync(at('odd')));
      });
    });
  }

  for (const to of [
    'dir',
    '/dir',
    '/dir/sub',
    'one',
    'nothing',
    '/to-dir',
    '/to-dir/sub',
    '/to-etc',
    '/nothing/at/all',
  ]) {
    void it(`with a redirect to "${to}" shows what the mount shows, inside and by name`, async (t) => {
      await withOverlaid(t, layers, all, async (overlaid) => {
        overlaid.remount(() => {
          redirected(overlaid.upper, 'odd', to);
          // The kernel shows a directory at one place only.
          run('mknod', path.join(overlaid.upper, 'dir'), 'c', '0', '0');
        });
        fs.mkdirSync(overlaid.at('odd/new'));
        await assertTold(t, layers, overlaid);
      });
    });
  }

  void it('that shows one directory at several places, which the kernel does not, makes no links', async (t) => {
    await withOverlaid(t, layers, all, async ({ upper, reference }) => {
      redirected(upper, 'x', 'dir');
      redirected(upper, 'x/again', '/dir');
      fs.utimesSync(upper, 0, 0);
      const { entries, linked } = await taken(reference, { upper });
      const names = ['d x', 'f x/a', 'd x/again', 'f x/again/a', 'd x/again/sub', 'f x/again/sub/deep'];
      assert.deepEqual(entries, [...names, 'd x/sub', 'f x/sub/deep']);
      assert.deepEqual(linked, []);
      const limits = { ...defaultLimits, maxEntries: 8 };
      await failure('LIMIT_EXCEEDED', taken(reference, { upper }, { limits }));
    });
  });

  void it('with marks of its root is shown as if it had none', async (t) => {
    await withOverlaid(t, layers, all, async (overlaid) => {
      overlaid.remount(() => {
        mark(overlaid.upper, 'opaque', 'y');
        mark(overlaid.upper, 'redirect', '/dir');
      });
      assert.ok(fs.existsSync(overlaid.at('dir/a')));
      const { isEmpty } = await assertTold(t, layers, overlaid);
      assert.equal(isEmpty, true);
    });
  });

  void it('with attributes of a file that is not below, or of another size, is refused', async (t) => {
    for (const [name, size] of [
      ['nothing', 3],
      ['dir', 3],
      ['one', 4],
    ] as const) {
      await withOverlaid(t, layers, all, async ({ upper, reference, remount }) => {
        remount(() => {
          fs.writeFileSync(path.join(upper, name), 'x'.repeat(size));
          mark(path.join(upper, name), 'metacopy', '');
        });
        const { message } = await failure('OVERLAY_INVALID', taken(reference, { upper }));
        assert.match(message, /only the attributes/);
      });
    }
  });

  void it('with marks that mean nothing where they are is shown without them', async (t) => {
    await withOverlaid(t, layers, all, async (overlaid) => {
      overlaid.remount(() => {
        const at = (name: string): string => path.join(overlaid.upper, name);
        fs.writeFileSync(at('full'), 'not empty');
        mark(at('full'), 'whiteout', 'y');
        mark(at('full'), 'opaque', 'y');
        mark(at('full'), 'redirect', '/one');
        fs.mkdirSync(at('dir'));
        mark(at('dir'), 'opaque', 'yes');
        mark(at('dir'), 'metacopy', '');
        mark(at('dir'), 'whiteout', 'y');
        run('mknod', at('dir/null'), 'c', '1', '3');
        run('mknod', at('dir/a'), 'c', '0', '0');
      });
      await assertTold(t, layers, overlaid);
    });
  });

  void it(
    'is refused to whom its marks are not shown, unless they are those of users',
    { skip: cannotChangeUser },
    (t) => {
      const [reference, upper, output] = [layoutWith(t, layers), scratch(t), scratch(t)];
      fs.chmodSync(output, 0o777);
      const driver = path.join(import.meta.dirname, 'upper-driver.ts');
      const words = [...asNobody.slice(1), process.execPath, driver, reference, upper, path.join(output, 'layer.tar')];
      const told = (): string => {
        const done = spawnSync(asNobody[0], words, { encoding: 'utf8', env: driverEnvironment });
        assert.equal(done.status, 0, done.stderr);
        return done.stdout;
      };
      assert.equal(told(), 'HOST_UNSUPPORTED\n');
      run('setfattr', '-n', 'user.overlay.uuid', '-v', 'x', upper);
      fs.utimesSync(upper, 0, 0);
      assert.equal(told(), '');
    },
  );
});
