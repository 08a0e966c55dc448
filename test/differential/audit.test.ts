/** Real images under audit: what distributions make has no errors, and what was done to it by hand is found. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { audit } from '../../src/audit/index.ts';
import { lookup } from '../../src/tree/index.ts';
import { fromText } from '../../src/base/index.ts';
import { openImage } from '../../src/image/index.ts';
import { loadRootfs } from '../../src/rootfs/index.ts';
import { labImages, whyNoLab } from './lab.ts';

void describe('an audit of real images', { skip: whyNoLab }, () => {
  const debian = `oci:${labImages}:debian`;
  const big = `oci:${labImages}:big`;

  void it('finds no error in what Debian and docker build make', async () => {
    const { counts, images, findings } = await audit([debian, big]);
    assert.equal(images.length, 2);
    assert.equal(counts.error, 0, JSON.stringify(findings.filter(({ severity }) => severity === 'error')));
    for (const { bytes, bytesAsCopies } of images) assert.ok(bytes > 1e8 && bytesAsCopies > bytes);
  });

  void it('finds the git whose link group a later layer takes apart, for crane and for syft', async () => {
    const { findings } = await audit([debian], { targets: ['crane', 'syft'] });
    const paths = (id: string): unknown => findings.find(({ rule }) => rule === id)?.paths;
    assert.deepEqual(paths('P04'), ['usr/bin/git']);
    assert.deepEqual(paths('C08'), ['usr/bin/git']);
    assert.deepEqual(paths('C18'), ['usr/bin/git']);
    assert.deepEqual(paths('P03'), ['usr/bin/git', 'usr/lib/git-core/git']);
  });

  void it('says of copies with --content nothing but what is there twice, and no link', async () => {
    const { findings } = await audit([debian], { content: true });
    await using image = await openImage(debian);
    const { tree } = await loadRootfs(image);
    const copies = findings.filter(({ rule }) => rule === 'P02' || rule === 'P08');
    assert.ok(copies.length > 0);
    for (const { paths } of copies) {
      for (const path of paths) {
        const inode = lookup(tree, fromText(path));
        assert.ok(inode?.kind === 'file' && inode.size >= 4096, path);
      }
    }
  });
});
