import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isHoldfastError, parseDigest } from '../../src/base/index.ts';
import { createHasher, digestOf, verifyBlob } from '../../src/codec/index.ts';

const emptySha256 = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

void describe('hashing', () => {
  void it('counts and hashes what it takes', () => {
    const hasher = createHasher('sha256');
    hasher.update(Buffer.from('ab'));
    hasher.update(Buffer.from('c'));
    assert.equal(hasher.bytes, 3);
    assert.equal(hasher.digest(), 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  void it('knows sha512 and empty input', () => {
    assert.equal(createHasher('sha256').diffId(), emptySha256);
    assert.match(createHasher('sha512').digest(), /^sha512:cf83e1357eefb8bd/);
  });

  void it('accepts a blob that is what its descriptor says', () => {
    const bytes = Buffer.from('blob');
    verifyBlob(bytes, { digest: digestOf(bytes), size: 4 }, 'the blob');
    verifyBlob(bytes, { digest: digestOf(bytes, 'sha512'), size: 4 }, 'the blob');
  });

  void it('refuses a blob of another size or other content', () => {
    const expected = { digest: parseDigest(emptySha256), size: 0 };
    assert.throws(
      () => verifyBlob(Buffer.from('x'), expected, 'the blob'),
      (error) => isHoldfastError(error, 'SIZE_MISMATCH'),
    );
    assert.throws(
      () => verifyBlob(Buffer.from('x'), { ...expected, size: 1 }, 'the blob'),
      (error) => isHoldfastError(error, 'DIGEST_MISMATCH') && /the blob: expected sha256:e3b0/.test(error.message),
    );
  });
});
