import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, it } from 'node:test';
import { type WriteTestResult, writeTest } from '../../src/probe/index.ts';
import { scratch } from '../unpack/scratch.ts';
import { ask, probing } from './probing.ts';

void describe('the write test', () => {
  void it('finds links, xattrs and times kept where they are, and leaves nothing behind', (t) => {
    const directory = scratch(t);
    const { mtimeNs } = fs.statSync(directory, { bigint: true });
    const { link, linkAfterWrite, nanoseconds, ...rest } = writeTest(directory);
    assert.deepEqual({ link, linkAfterWrite, nanoseconds }, { link: true, linkAfterWrite: true, nanoseconds: true });
    assert.equal(rest.directory, directory);
    assert.deepEqual(fs.readdirSync(directory), []);
    assert.equal(fs.statSync(directory, { bigint: true }).mtimeNs, mtimeNs);
  });

  void it('says when nothing can be written', () => {
    assert.throws(() => writeTest('/proc'), { code: 'HOST_REFUSED' });
  });

  void it('is told by a probe that was told to try', async (t) => {
    const tested: WriteTestResult = {
      directory: '/x',
      link: false,
      linkAfterWrite: null,
      xattrs: null,
      nanoseconds: true,
    };
    const { url } = await probing(t, { root: scratch(t), writeTest: tested });
    assert.deepEqual(await (await ask(`${url}/v1/write-test`)).json(), tested);
  });
});
