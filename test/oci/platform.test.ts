import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  choosePlatform,
  type Descriptor,
  type DocumentPlatform,
  formatPlatform,
  type ImageIndex,
  type IndexReader,
  parseIndex,
  parsePlatform,
  suitability,
} from '../../src/oci/index.ts';
import { isHoldfastError } from '../../src/base/index.ts';
import { bytesOf, descriptor, index, ociIndex, ociManifest, refuses, sha256 } from './documents.ts';

const canonical = (text: string): string => formatPlatform(parsePlatform(text));

void describe('platforms', () => {
  void it('have one spelling for what means the same', () => {
    assert.equal(canonical('linux/amd64/v1'), 'linux/amd64');
    assert.equal(canonical('Linux/X86_64'), 'linux/amd64');
    assert.equal(canonical('linux/arm64/v8'), 'linux/arm64');
    assert.equal(canonical('linux/aarch64/8'), 'linux/arm64');
    assert.equal(canonical('linux/arm'), 'linux/arm/v7');
    assert.equal(canonical('linux/arm/7'), 'linux/arm/v7');
    assert.equal(canonical('linux/armhf'), 'linux/arm/v7');
    assert.equal(canonical('linux/armel'), 'linux/arm/v6');
    assert.equal(canonical('linux/arm/v6'), 'linux/arm/v6');
    assert.equal(canonical('linux/i686'), 'linux/386');
    assert.equal(canonical('macos/arm64'), 'darwin/arm64');
    assert.equal(canonical('linux/amd64/v3'), 'linux/amd64/v3');
  });

  void it('that are no platform are a usage error', () => {
    for (const text of ['', 'linux', 'linux/', '/amd64', 'a/b/c/d', 'linux/am d64', 'linux//v1']) {
      refuses('USAGE', () => parsePlatform(text), /linux\/amd64/);
    }
  });

  void it('run variants up to their own', () => {
    const runs = (image: string, machine: string): number | undefined =>
      suitability(parsePlatform(image), parsePlatform(machine));
    assert.equal(runs('linux/amd64', 'linux/amd64/v3'), 1);
    assert.equal(runs('linux/amd64/v2', 'linux/amd64/v3'), 2);
    assert.equal(runs('linux/amd64/v3', 'linux/amd64/v2'), undefined);
    assert.equal(runs('linux/amd64/v2', 'linux/amd64'), undefined);
    assert.equal(runs('linux/arm/v6', 'linux/arm/v7'), 6);
    assert.equal(runs('linux/arm/v7', 'linux/arm/v6'), undefined);
    assert.equal(runs('linux/arm64/v8', 'linux/arm64'), 8);
    assert.equal(runs('linux/arm64', 'linux/arm64/v8.2'), 8);
    assert.equal(runs('linux/arm/v7', 'linux/arm64'), undefined);
    assert.equal(runs('windows/amd64', 'linux/amd64'), undefined);
    assert.equal(runs('linux/riscv64', 'linux/riscv64/rva23'), 0);
    assert.equal(runs('linux/riscv64/rva23', 'linux/riscv64'), undefined);
    assert.equal(runs('linux/s390x', 'linux/s390x'), 0);
    assert.equal(runs('unknown/unknown', 'unknown/unknown'), undefined);
  });
});

/** An entry with this digest seed; a platform such as "linux/amd64", or none. */
function entry(seed: string, platform?: string): unknown {
  const [os, architecture, variant] = platform?.split('/') ?? [];
  const fields = platform === undefined ? {} : { platform: { os, architecture, variant } };
  return descriptor({ mediaType: ociManifest, digest: sha256(seed), ...fields });
}

const nested = (seed: string): unknown => descriptor({ mediaType: ociIndex, digest: sha256(seed) });

const indexOf = (...entries: readonly unknown[]): ImageIndex => parseIndex(bytesOf(index(...entries)), { what: 'i' });

interface Blobs {
  readonly configs?: Readonly<Record<string, DocumentPlatform>>;
  readonly indexes?: Readonly<Record<string, ImageIndex>>;
}

async function choose(wanted: string, root: ImageIndex, blobs: Blobs = {}): Promise<Descriptor> {
  const find = <T>(table: Readonly<Record<string, T>> = {}, digest: string): T | undefined =>
    Object.entries(table).find(([seed]) => sha256(seed) === digest)?.[1];
  const reader: IndexReader = {
    readIndex: async ({ digest }) => find(blobs.indexes, digest),
    readPlatform: async ({ digest }) => find(blobs.configs, digest),
  };
  return choosePlatform(root, parsePlatform(wanted), reader);
}

async function chosen(wanted: string, root: ImageIndex, blobs: Blobs = {}): Promise<string> {
  const { digest } = await choose(wanted, root, blobs);
  return ['a', 'b', 'c', 'd'].find((seed) => sha256(seed) === digest) ?? 'none';
}

void describe('choosing from an index', () => {
  void it('takes the entry of the platform', async () => {
    const root = indexOf(entry('a', 'linux/arm64/v8'), entry('b', 'linux/amd64'), entry('c', 'linux/arm/v7'));
    assert.equal(await chosen('linux/amd64', root), 'b');
    assert.equal(await chosen('linux/arm64', root), 'a');
    assert.equal(await chosen('linux/arm', root), 'c');
  });

  void it('takes the best variant that runs', async () => {
    const root = indexOf(entry('a', 'linux/amd64'), entry('b', 'linux/amd64/v2'), entry('c', 'linux/amd64/v4'));
    assert.equal(await chosen('linux/amd64', root), 'a');
    assert.equal(await chosen('linux/amd64/v2', root), 'b');
    assert.equal(await chosen('linux/amd64/v3', root), 'b');
    assert.equal(await chosen('linux/amd64/v4', root), 'c');
  });

  void it('takes an older arm variant where there is no newer one', async () => {
    assert.equal(await chosen('linux/arm/v7', indexOf(entry('a', 'linux/arm/v5'), entry('b', 'linux/arm/v6'))), 'b');
  });

  void it('takes the first of equals', async () => {
    assert.equal(await chosen('linux/amd64', indexOf(entry('a', 'linux/amd64/v1'), entry('b', 'linux/amd64'))), 'a');
  });

  void it('judges entries without a platform by their config', async () => {
    const configs = { a: { os: 'linux', architecture: 'arm64' }, b: { os: 'linux', architecture: 'amd64' } };
    const root = indexOf(entry('a'), entry('b'), entry('c', 'linux/amd64'));
    assert.equal(await chosen('linux/amd64', root, { configs }), 'b');
    assert.equal(await chosen('linux/arm64', root, { configs }), 'a');
    assert.equal(await chosen('linux/amd64', indexOf(entry('b', '/')), { configs }), 'b');
  });

  void it('never takes an attestation', async () => {
    const root = indexOf(entry('a', 'unknown/unknown'), entry('b', 'linux/amd64'));
    assert.equal(await chosen('linux/amd64', root), 'b');
    await assert.rejects(
      choose('unknown/unknown', root),
      (error) => isHoldfastError(error, 'PLATFORM_NOT_FOUND') && /available: "linux\/amd64";/.test(error.hint ?? ''),
    );
  });

  void it('looks inside nested indexes', async () => {
    const indexes = { x: indexOf(entry('a', 'linux/amd64'), nested('y')), y: indexOf(entry('b', 'linux/arm64')) };
    assert.equal(await chosen('linux/arm64', indexOf(nested('x')), { indexes }), 'b');
  });

  void it('refuses indexes nested deeper than four', async () => {
    const indexes = { x: indexOf(nested('y')), y: indexOf(nested('z')), z: indexOf(entry('a', 'linux/amd64')) };
    assert.equal(await chosen('linux/amd64', indexOf(nested('x')), { indexes }), 'a');
    await assert.rejects(
      choose('linux/amd64', indexOf(nested('w')), { indexes: { ...indexes, w: indexOf(nested('x')) } }),
      (error) => isHoldfastError(error, 'LIMIT_EXCEEDED'),
    );
  });

  void it('reads each nested index and each config once, however often they are named', async () => {
    let reads = 0;
    const inner = indexOf(...Array.from({ length: 300 }, () => nested('y')));
    const leaf = indexOf(...Array.from({ length: 300 }, () => entry('a')));
    const reader: IndexReader = {
      readIndex: async ({ digest }) => {
        reads += 1;
        return digest === sha256('y') ? leaf : inner;
      },
      readPlatform: async () => {
        reads += 1;
        return undefined;
      },
    };
    const root = indexOf(...Array.from({ length: 300 }, () => nested('x')));
    await assert.rejects(choosePlatform(root, parsePlatform('linux/amd64'), reader));
    assert.equal(reads, 3);
  });

  void it('says what there is when nothing suits', async () => {
    const root = indexOf(entry('a', 'linux/arm64'), entry('b', 'windows/amd64'), nested('x'));
    await assert.rejects(choose('linux/amd64', root), (error) => {
      assert.ok(isHoldfastError(error, 'PLATFORM_NOT_FOUND'));
      assert.match(error.message, /"linux\/amd64"/);
      assert.match(error.hint ?? '', /"linux\/arm64", "windows\/amd64", "index sha256:/);
      return true;
    });
  });
});
