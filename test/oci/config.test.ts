import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { historyMatches, parseArchiveManifest, parseConfig, parseLayoutFile } from '../../src/oci/index.ts';
import { bytesOf, refuses, sha256 } from './documents.ts';

const rootfs = { type: 'layers', diff_ids: [sha256('a')] };

void describe('image configs', () => {
  void it('give platform, DiffIDs and history, and keep what is not known', () => {
    const config = parseConfig(
      bytesOf({ architecture: 'arm64', os: 'linux', variant: 'v8', rootfs, history: [{ created_by: 'x' }], x: 1 }),
    );
    assert.equal(config.architecture, 'arm64');
    assert.deepEqual(config.rootfs.diff_ids, [sha256('a')]);
    assert.equal(config.history?.[0]?.created_by, 'x');
    assert.equal((config as unknown as { x: number }).x, 1);
  });

  void it('accept null for every optional field, as Docker writes it', () => {
    const runtime = { Env: null, Cmd: null, Labels: null, Volumes: null, ExposedPorts: null, Entrypoint: null };
    const config = parseConfig(
      bytesOf({ os: null, created: null, config: runtime, history: null, rootfs: { type: 'layers', diff_ids: null } }),
    );
    assert.deepEqual(config.rootfs.diff_ids, []);
    assert.equal(config.config?.Cmd, undefined);
    assert.equal(parseConfig(bytesOf({ config: null, rootfs: { type: 'layers' } })).config, undefined);
  });

  void it('are refused without a root file system of layers', () => {
    refuses('DOCUMENT_INVALID', () => parseConfig(bytesOf({})), /rootfs.* is missing/);
    refuses('DOCUMENT_INVALID', () => parseConfig(bytesOf({ rootfs: { type: 'base+layers', diff_ids: [] } })), /type/);
    refuses('DIGEST_INVALID', () => parseConfig(bytesOf({ rootfs: { type: 'layers', diff_ids: ['sha256:1'] } })));
    refuses('DOCUMENT_INVALID', () => parseConfig(bytesOf({ rootfs, RootFS: rootfs })), /only in case/);
    refuses('DOCUMENT_INVALID', () => parseConfig(bytesOf({ rootfs, config: { Labels: { a: 1 } } })), /config\.Labels/);
  });

  void it('have as many steps that made a layer as there are layers', () => {
    const config = (history: unknown): ReturnType<typeof parseConfig> => parseConfig(bytesOf({ rootfs, history }));
    assert.equal(historyMatches(config([{}, { empty_layer: true }]), 1), true);
    assert.equal(historyMatches(config([{}, {}]), 1), false);
    assert.equal(historyMatches(config([]), 1), true);
    assert.equal(historyMatches(config(null), 1), true);
  });
});

void describe('the documents of layouts and archives', () => {
  void it('know layout version 1.0.0 and no other', () => {
    parseLayoutFile(bytesOf({ imageLayoutVersion: '1.0.0' }));
    refuses('DOCUMENT_INVALID', () => parseLayoutFile(bytesOf({ imageLayoutVersion: '2.0.0' })), /"2\.0\.0"/);
    refuses('DOCUMENT_INVALID', () => parseLayoutFile(bytesOf({})), /imageLayoutVersion.* is missing/);
  });

  void it('list the images of a docker-archive', () => {
    const images = parseArchiveManifest(
      bytesOf([
        { Config: 'c.json', RepoTags: ['a:1'], Layers: ['l.tar'], LayerSources: {} },
        { Config: 'd.json', RepoTags: null, Layers: null },
      ]),
    );
    assert.deepEqual(images, [
      { config: 'c.json', layers: ['l.tar'], repoTags: ['a:1'] },
      { config: 'd.json', layers: [], repoTags: [] },
    ]);
    refuses('DOCUMENT_INVALID', () => parseArchiveManifest(bytesOf([{ RepoTags: [] }])), /0\.Config.* is missing/);
    refuses('DOCUMENT_INVALID', () => parseArchiveManifest(bytesOf({ Config: 'x' })), /should be array/);
  });
});
