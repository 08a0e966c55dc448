/** Which repository and tag a name in a layout is, and what pushing and deleting make of names. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { type Digest, parseDigest } from '../../src/base/index.ts';
import { type Descriptor, mediaTypes, refNameOf } from '../../src/oci/index.ts';
import { type Entries, withManifest, withoutManifest, withoutTag, withTag } from '../../src/serve/change-entries.ts';
import { sortEntries } from '../../src/serve/holdings.ts';
import { homeRepository, placeOf, refNameAnnotation, repositoryAnnotation } from '../../src/serve/layout-names.ts';

const home = 'images';

function digestNumber(number: number): Digest {
  return parseDigest(`sha256:${number.toString(16).padStart(64, '0')}`);
}

function entry(number: number, annotations?: Readonly<Record<string, string>>): Descriptor {
  const descriptor = { mediaType: mediaTypes.ociManifest, digest: digestNumber(number), size: number };
  return annotations === undefined ? descriptor : { ...descriptor, annotations };
}

const named = (number: number, name: string): Descriptor => entry(number, { [refNameAnnotation]: name });

/** Repositories with their tags, and the numbers of what they hold. */
function listed(entries: Entries): unknown {
  return Object.fromEntries(
    [...sortEntries(entries, home)].map(([repository, { tags, roots }]) => [
      repository,
      [
        Object.fromEntries([...tags].map(([tag, { size }]) => [tag, size])),
        [...roots.values()].map(({ size }) => size),
      ],
    ]),
  );
}

void describe('a name in a layout', () => {
  const places: Readonly<Record<string, readonly [string, string?]>> = {
    debian: ['debian', 'latest'],
    v1: ['v1', 'latest'],
    'debian:12': ['debian', '12'],
    'team/app:1.2-rc_3': ['team/app', '1.2-rc_3'],
    'docker.io/library/debian:12': ['docker.io/library/debian', '12'],
    'localhost:5000/team/app': ['team/app', 'latest'],
    'registry.example.com:443/app:x': ['app', 'x'],
    'V1.0': [home, 'V1.0'],
    _x: [home, '_x'],
    'two words': [home],
    'a//b:1': [home],
    '../../etc:x': [home],
    'UPPER/case:1': [home],
    'a:b:c': [home],
    '': [home],
  };
  for (const [name, [repository, tag]] of Object.entries(places)) {
    void it(`${JSON.stringify(name)} is ${tag === undefined ? `in ${repository}, without a tag` : `${repository}:${tag}`}`, () => {
      assert.deepEqual(placeOf(named(1, name), home), tag === undefined ? { repository } : { repository, tag });
    });
  }

  void it('is that of the directory where there is none', () => {
    assert.deepEqual(placeOf(entry(1), home), { repository: home });
    assert.deepEqual(placeOf(entry(1, { [repositoryAnnotation]: 'team/app' }), home), { repository: 'team/app' });
    assert.deepEqual(placeOf(entry(1, { [repositoryAnnotation]: '../x' }), home), { repository: home });
    const directories = { '/srv/Images': 'images', '/srv/my images!': 'my-images', '/': 'image', './--': 'image' };
    for (const [directory, name] of Object.entries(directories)) assert.equal(homeRepository(directory), name);
  });
});

void describe('the entries of a layout', () => {
  void it('make the only nameless image the latest of the directory', () => {
    assert.deepEqual(listed([entry(1)]), { [home]: [{ latest: 1 }, [1]] });
    assert.deepEqual(listed([entry(1), named(2, 'app:1')]), { [home]: [{ latest: 1 }, [1]], app: [{ '1': 2 }, [2]] });
    assert.deepEqual(listed([entry(1), entry(2)]), { [home]: [{}, [1, 2]] });
    assert.deepEqual(listed([entry(1), named(2, home)]), { [home]: [{ latest: 2 }, [1, 2]] });
  });

  void it('prefer a name that is spelled out', () => {
    assert.deepEqual(listed([named(1, 'app'), named(2, 'app:latest')]), { app: [{ latest: 2 }, [1, 2]] });
    assert.deepEqual(listed([named(2, 'app:latest'), named(1, 'app')]), { app: [{ latest: 2 }, [2, 1]] });
  });
});

void describe('pushing', () => {
  const app = { repository: 'app', home };

  void it('names a manifest NAME:TAG and moves every other name that means the tag', () => {
    const before = [named(1, 'app'), named(1, 'host:80/app:latest'), named(3, 'other')];
    const after = withTag(before, app, 'latest', entry(2));
    assert.deepEqual(after.filter(({ size }) => size === 2).map(refNameOf), [
      'app',
      'host:80/app:latest',
      'app:latest',
    ]);
    assert.deepEqual(listed(after), { app: [{ latest: 2 }, [2, 1]], other: [{ latest: 3 }, [3]] });
  });

  void it('keeps an image without a name where it is', () => {
    const after = withTag([entry(1)], { repository: home, home }, 'latest', entry(2));
    assert.deepEqual(listed(after), { [home]: [{ latest: 2 }, [2, 1]] });
    assert.deepEqual(listed(withoutTag([entry(1)], { repository: home, home }, 'latest')), { [home]: [{}, [1]] });
  });

  const number = fc.integer({ min: 1, max: 5 });
  const repository = fc.constantFrom('app', 'team/app', home);
  const tag = fc.constantFrom('latest', '1', 'X');
  const change = fc.oneof(
    fc.record({ kind: fc.constant('tag' as const), repository, tag, number }),
    fc.record({ kind: fc.constant('manifest' as const), repository, number }),
    fc.record({ kind: fc.constant('untag' as const), repository, tag }),
    fc.record({ kind: fc.constant('remove' as const), repository, number }),
  );
  const name = fc.constantFrom('app', 'app:1', 'host:1/app:1', 'X', 'team/app:latest', home, 'odd name', undefined);
  const start = fc.array(fc.tuple(number, name), { maxLength: 6 });

  void it('and deleting do what they say, and nothing else', () => {
    fc.assert(
      fc.property(start, fc.array(change, { maxLength: 12 }), (initial, changes) => {
        let entries: Entries = initial.map(([at, text]) => (text === undefined ? entry(at) : named(at, text)));
        for (const one of changes) {
          const before = sortEntries(entries, home);
          const target = { repository: one.repository, home };
          entries = applied(entries, target, one);
          const after = sortEntries(entries, home);
          for (const [other, holding] of before) {
            if (other !== one.repository) assert.deepEqual(after.get(other), holding);
          }
          const held = new Set(before.get(one.repository)?.roots.keys());
          if (one.kind === 'remove') held.delete(digestNumber(one.number));
          if (one.kind === 'tag' || one.kind === 'manifest') held.add(digestNumber(one.number));
          assert.deepEqual(new Set(after.get(one.repository)?.roots.keys()), held);
          const tags = after.get(one.repository)?.tags;
          if (one.kind === 'tag') assert.equal(tags?.get(one.tag)?.digest, digestNumber(one.number));
          if (one.kind === 'untag') assert.equal(tags?.has(one.tag) ?? false, false);
        }
      }),
    );
  });

  type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

  function applied(entries: Entries, target: { repository: string; home: string }, one: Change): Entries {
    switch (one.kind) {
      case 'tag':
        return withTag(entries, target, one.tag, entry(one.number));
      case 'manifest':
        return withManifest(entries, target, entry(one.number));
      case 'untag':
        return withoutTag(entries, target, one.tag);
      case 'remove':
        return withoutManifest(entries, target, digestNumber(one.number));
    }
  }
});
