import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { isHoldfastError } from '../../src/base/index.ts';
import { familiarImageName, formatImageName, parseImageName, parseReference } from '../../src/oci/index.ts';
import { refuses, sha256 } from './documents.ts';

const digest = sha256('x');

void describe('references to layouts', () => {
  void it('are split at the first colon', () => {
    assert.deepEqual(parseReference('oci:dir'), { transport: 'oci', path: 'dir' });
    assert.deepEqual(parseReference('oci:/a/b:v1'), { transport: 'oci', path: '/a/b', tag: 'v1' });
    assert.deepEqual(parseReference('oci:d:localhost:5000/x/y:1.0'), {
      transport: 'oci',
      path: 'd',
      tag: 'localhost:5000/x/y:1.0',
    });
    assert.deepEqual(parseReference('oci-archive:-:v1'), { transport: 'oci-archive', path: '-', tag: 'v1' });
    assert.deepEqual(parseReference('oci:user@host:v1'), { transport: 'oci', path: 'user@host', tag: 'v1' });
  });

  void it('may name a digest', () => {
    assert.deepEqual(parseReference(`oci:d@${digest}`), { transport: 'oci', path: 'd', digest });
    refuses('REFERENCE_INVALID', () => parseReference('oci:d@sha256:1234'), /digest/);
    refuses('REFERENCE_INVALID', () => parseReference(`oci:@${digest}`), /path is empty/);
  });

  void it('need a path, and no empty tag', () => {
    for (const text of ['oci:', 'oci::v1', 'oci-archive:', 'docker-archive:']) {
      refuses('REFERENCE_INVALID', () => parseReference(text), /path is empty/);
    }
    refuses('REFERENCE_INVALID', () => parseReference('oci:dir:'), /tag is empty/);
  });

  void it('never hold control characters', () => {
    refuses('REFERENCE_INVALID', () => parseReference('oci:dir:a\nb'), /control characters/);
    refuses('REFERENCE_INVALID', () => parseReference('oci:d\0ir'), /control characters/);
  });
});

void describe('references to docker archives', () => {
  void it('name a file and perhaps an image in it', () => {
    assert.deepEqual(parseReference('docker-archive:a.tar'), { transport: 'docker-archive', path: 'a.tar' });
    assert.deepEqual(parseReference('docker-archive:-:ubuntu:22.04'), {
      transport: 'docker-archive',
      path: '-',
      name: { registry: 'docker.io', repository: 'library/ubuntu', tag: '22.04' },
    });
    assert.deepEqual(parseReference('docker-archive:a.tar:localhost:5000/x'), {
      transport: 'docker-archive',
      path: 'a.tar',
      name: { registry: 'localhost:5000', repository: 'x', tag: 'latest' },
    });
    refuses('REFERENCE_INVALID', () => parseReference(`docker-archive:a:x@${digest}`), /NAME:TAG/);
  });
});

void describe('names in registries', () => {
  const whole = (text: string): string => {
    const reference = parseReference(text);
    assert.equal(reference.transport, 'registry');
    return reference.transport === 'registry' ? formatImageName(reference.name) : '';
  };

  void it('get the defaults of Docker Hub', () => {
    assert.equal(whole('ubuntu'), 'docker.io/library/ubuntu:latest');
    assert.equal(whole('ubuntu:22.04'), 'docker.io/library/ubuntu:22.04');
    assert.equal(whole('docker://ubuntu'), 'docker.io/library/ubuntu:latest');
    assert.equal(whole('me/app'), 'docker.io/me/app:latest');
    assert.equal(whole('index.docker.io/ubuntu'), 'docker.io/library/ubuntu:latest');
    assert.equal(whole('docker.io/ubuntu'), 'docker.io/library/ubuntu:latest');
    assert.equal(whole('docker:27-dind'), 'docker.io/library/docker:27-dind');
  });

  void it('have a host where the first part looks like one', () => {
    assert.equal(whole('ghcr.io/a/b:1'), 'ghcr.io/a/b:1');
    assert.equal(whole('localhost/a'), 'localhost/a:latest');
    assert.equal(whole('localhost:5000/a'), 'localhost:5000/a:latest');
    assert.equal(whole('docker://[::1]:5000/a:b'), '[::1]:5000/a:b');
    assert.equal(whole('HOST/a'), 'HOST/a:latest');
  });

  void it('may have a digest, and a tag besides', () => {
    assert.equal(whole(`a@${digest}`), `docker.io/library/a@${digest}`);
    assert.equal(whole(`ghcr.io/a:1@${digest}`), `ghcr.io/a:1@${digest}`);
    refuses('REFERENCE_INVALID', () => parseReference('a@sha256:12'), /digest/);
    refuses('REFERENCE_INVALID', () => parseReference(`a@${digest.toUpperCase()}`), /digest/);
  });

  void it('are familiar without the defaults', () => {
    assert.equal(familiarImageName(parseImageName('docker.io/library/ubuntu:22.04')), 'ubuntu:22.04');
    assert.equal(familiarImageName(parseImageName('me/app')), 'me/app:latest');
    assert.equal(familiarImageName(parseImageName('ghcr.io/a/b')), 'ghcr.io/a/b:latest');
  });

  void it('are refused when they are malformed', () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['', /empty/],
      ['Ubuntu', /upper-case/],
      ['a/../b', /lower-case letters/],
      ['a//b', /lower-case letters/],
      ['-a', /lower-case letters/],
      ['a:', /tag is empty/],
      ['a:t g', /tag has characters/],
      [`a:${'t'.repeat(129)}`, /128/],
      [`${'a/'.repeat(140)}b`, /255/],
      ['a'.repeat(2000), /1024/],
      ['a.b:port/c', /host is malformed/],
      ['docker://', /empty/],
    ];
    for (const [text, reason] of cases) refuses('REFERENCE_INVALID', () => parseReference(text), reason);
  });

  void it('are what a daemon is asked for, too', () => {
    assert.deepEqual(parseReference('docker-daemon:a:1'), {
      transport: 'docker-daemon',
      name: { registry: 'docker.io', repository: 'library/a', tag: '1' },
    });
  });
});

void describe('what is no reference', () => {
  void it('is a tree that is no image, unless it is named in full', () => {
    refuses('REFERENCE_INVALID', () => parseReference('rootfs:dir'), /holdfast merge rootfs:dir --to/);
    refuses('REFERENCE_INVALID', () => parseReference('find:list'), /in a registry it would be docker:\/\/find:list/);
    assert.equal(parseReference('docker://tar:1').transport, 'registry');
    assert.equal(parseReference('registry.example/tar:1').transport, 'registry');
  });

  void it('is answered with a guess when it is a path', () => {
    refuses('REFERENCE_INVALID', () => parseReference('./layout'), /did you mean oci:\.\/layout\?/);
    refuses('REFERENCE_INVALID', () => parseReference('/x/layout:v1'), /did you mean oci:\/x\/layout:v1\?/);
    refuses('REFERENCE_INVALID', () => parseReference('.'), /did you mean oci:\.\?/);
    refuses('REFERENCE_INVALID', () => parseReference('../a.tar'), /oci-archive:\.\.\/a\.tar or docker-archive:/);
    refuses('REFERENCE_INVALID', () => parseReference('My_Images/a.tar.gz'), /did you mean oci-archive:My_Images/);
  });

  void it('is answered with a hint when it is a web address or a tree', () => {
    refuses('REFERENCE_INVALID', () => parseReference('https://ghcr.io/a/b'), /docker:\/\/ghcr\.io\/a\/b/);
    refuses('REFERENCE_INVALID', () => parseReference('rootfs:/srv/x'), /names a tree/);
  });

  void it('is refused with a way out when its transport is not supported', () => {
    refuses('TRANSPORT_UNSUPPORTED', () => parseReference('containers-storage:localhost/x'), /podman save/);
    refuses('TRANSPORT_UNSUPPORTED', () => parseReference('dir:/x'), /skopeo copy dir:\/x oci:DIR:TAG/);
  });

  void it('never does anything but parse or fail with one coded error', () => {
    const part = fc.constantFrom('oci:', 'docker-archive:', 'docker://', 'a', '/', ':', '@', 'sha256:', '.', '-', 'A');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            parseReference(text);
          } catch (error) {
            assert.ok(isHoldfastError(error), String(error));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
