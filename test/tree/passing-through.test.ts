import { suite, test } from 'node:test';
import { directory, type EntrySpec, file, hardlink, symlink, tarOf, whiteout } from '../../src/testing/index.ts';
import { applyInMemory } from '../cases/apply-in-memory.ts';
import { assertSameTree, expectedListing } from '../cases/index.ts';

function assertGives(layers: readonly (readonly EntrySpec[])[], expected: readonly EntrySpec[]): void {
  assertSameTree(applyInMemory(layers.map(tarOf)).listing, expectedListing(expected));
}

void suite('a name that the text of a link passes through and leaves by ".."', () => {
  void test('is not made where it is missing', () => {
    assertGives([[symlink('s', 'no/../d'), file('s/x')]], [symlink('s', 'no/../d'), file('d/x')]);
  });

  void test('stays what it is where it is a file, of the same layer or of one below', () => {
    const link = symlink('s', 'f/../d');
    assertGives([[file('f', '1'), link, file('s/x')]], [file('f', '1'), link, file('d/x')]);
    assertGives([[file('f', '1')], [link, file('s/x')]], [file('f', '1'), link, file('d/x')]);
  });

  void test('is passed by entries, link targets and markers alike', () => {
    const link = symlink('s', 'no/../d');
    assertGives(
      [
        [file('d/a', '1'), file('d/b'), directory('d', { mtime: 1 })],
        [link, hardlink('s/h', 's/a'), whiteout('s/b')],
      ],
      [directory('d', { mtime: 1 }), file('d/a', '1'), hardlink('d/h', 'd/a'), link],
    );
  });

  void test('leads elsewhere once its layer makes it a link', () => {
    const links = [symlink('s', 'n/../d'), symlink('n', 'e/f')];
    assertGives(
      [[...links.slice(0, 1), file('s/x'), ...links.slice(1), file('s/y')]],
      [...links, file('d/x'), file('e/d/y')],
    );
  });
});
