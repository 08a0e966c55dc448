/** R: what a registry answers. */
import { gzipSync } from 'node:zlib';
import { imageOf, indexOf, jsonBytes, type Fault } from '../../src/testing/index.ts';
import type { HostileInput, HostileRow, RegistryScript, RegistryStage } from './hostile-row.ts';
import { good, goodTree, layer } from './layout-input.ts';
import { user } from './registry-input.ts';

const always = Infinity;
const manifests = { path: /\/manifests\// };
const blobs = { path: /\/blobs\// };
const ofLayer = { path: new RegExp(`/blobs/${layer.digest}`) };
const ofConfig = { path: new RegExp(`/blobs/${good.configDigest}`) };

/** The good image in a registry that goes wrong like this, for ever. */
function faulty(match: Fault['match'], action: Fault['action'], times = always): HostileInput['build'] {
  return played(({ registry }) => registry.faults.add({ match: match ?? {}, times, action }));
}

/** The good image in a registry, and what is done to that. */
function played(script: RegistryScript['script'], play: Partial<RegistryScript> = {}): HostileInput['build'] {
  const seeded = (stage: RegistryStage): string | void => {
    stage.registry.seed('app', 'v1', good);
    return script(stage);
  };
  return () => ({ registry: { ...play, script: seeded } });
}

/** A registry that answers everything like this. */
const answering = (
  status: number,
  body: string | Uint8Array = '',
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): HostileInput['build'] => faulty({}, { kind: 'answer', status, body, headers });

/** The same for manifests only. */
const manifestIs = (
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = { 'content-type': good.mediaType },
): HostileInput['build'] => faulty(manifests, { kind: 'answer', status: 200, body, headers });

export const otherContent: HostileRow = {
  id: 'R1',
  title: 'a registry gives other content than was asked for',
  structure: 'A changed byte in a manifest, config or layer; another manifest under a digest; a false digest header.',
  consequence: 'Whoever controls the registry, or the way to it, chooses what runs, although the digest was pinned.',
  verdict: 'rejected',
  inputs: [
    {
      title: 'a manifest that is named by its digest',
      build: played(({ registry, host }) => {
        registry.faults.add({ match: manifests, times: always, action: { kind: 'corrupt', byte: 40 } });
        return `docker://${host}/app@${good.digest}`;
      }),
      expect: { error: 'DIGEST_MISMATCH' },
    },
    {
      title: 'a manifest that is named by a tag',
      build: faulty({ ...manifests, method: 'GET' }, { kind: 'corrupt', byte: 40 }),
      expect: { error: 'DOCUMENT_INVALID' },
    },
    { title: 'a config', build: faulty(ofConfig, { kind: 'corrupt', byte: 40 }), expect: { error: 'DIGEST_MISMATCH' } },
    { title: 'a layer', build: faulty(ofLayer, { kind: 'corrupt', byte: 30 }), expect: { error: 'DIGEST_MISMATCH' } },
    {
      title: 'the last byte of a layer',
      build: faulty(ofLayer, { kind: 'corrupt', byte: -1 }),
      expect: { error: 'DIGEST_MISMATCH' },
    },
    {
      title: 'another image under a digest',
      build: played(({ registry, host }) => {
        registry.seedManifest('app', good.digest, imageOf([]).manifest, good.mediaType);
        return `docker://${host}/app@${good.digest}`;
      }),
      expect: { error: 'DIGEST_MISMATCH' },
    },
    {
      title: 'another image of an index',
      build: played(({ registry }) => {
        registry.seed('app', 'v1', indexOf([good]));
        registry.seedManifest('app', good.digest, imageOf([]).manifest, good.mediaType);
      }),
      expect: { error: 'DIGEST_MISMATCH' },
    },
    {
      title: 'a digest of something else in the header, for a tag, of which the manifest decides',
      build: played(({ registry }) => registry.setQuirks({ manifestDigest: 'wrong' })),
      expect: goodTree,
    },
  ],
};

const length = (value: string | undefined) => ({ kind: 'headers', headers: { 'content-length': value } }) as const;

export const otherSize: HostileRow = {
  id: 'R2',
  title: 'a registry lies about sizes',
  structure: 'Bodies longer or shorter than the descriptor says, announced, unannounced, or announced wrongly.',
  consequence: 'The disk is filled, the tool waits for ever, or half a layer counts as one.',
  verdict: 'rejected',
  inputs: [
    ...[['a layer', ofLayer] as const, ['a config', ofConfig] as const].flatMap(([name, match]) => [
      {
        title: `${name} with more bytes`,
        build: faulty(match, { kind: 'append', bytes: 1000 }),
        expect: { error: 'SIZE_MISMATCH' as const },
      },
      {
        title: `${name} with fewer`,
        build: faulty(match, { kind: 'truncate', bytes: 20, claims: 'sent' }),
        expect: { error: 'SIZE_MISMATCH' as const },
      },
      {
        title: `${name} with none, and no length`,
        build: faulty(match, { kind: 'truncate', bytes: 0, claims: 'nothing' }),
        expect: { error: 'SIZE_MISMATCH' as const },
      },
      {
        title: `${name} that always breaks off at once`,
        build: faulty(match, { kind: 'truncate', bytes: 0, claims: 'whole' }),
        expect: { error: 'TRANSFER_INTERRUPTED' as const },
      },
      {
        title: `${name} that breaks off after twenty bytes, over and over`,
        build: faulty(match, { kind: 'truncate', bytes: 20, claims: 'whole' }),
        expect: goodTree,
      },
      {
        title: `${name} whose length is said to be 0`,
        build: faulty(match, length('0')),
        expect: { error: 'SIZE_MISMATCH' as const },
      },
      {
        title: `${name} without a length, as it should be`,
        build: faulty(match, length(undefined)),
        expect: goodTree,
      },
    ]),
    {
      title: 'a manifest that always breaks off',
      build: faulty({ ...manifests, method: 'GET' }, { kind: 'truncate', bytes: 20, claims: 'whole' }),
      expect: { error: 'TRANSFER_INTERRUPTED' },
    },
    {
      title: 'a manifest that is longer than the index says',
      build: played(({ registry }) => {
        const index = indexOf([good]);
        const entry = { mediaType: good.mediaType, digest: good.digest, size: good.size + 1, platform: good.platform };
        registry.seedManifest('app', 'v1', jsonBytes({ schemaVersion: 2, manifests: [entry] }), index.mediaType);
      }),
      expect: { error: 'SIZE_MISMATCH' },
    },
  ],
};

const huge = Buffer.alloc(5 * 1024 ** 2, ' ');

export const hugeDocument: HostileRow = {
  id: 'R3',
  title: 'a manifest does not end',
  structure: 'Five megabytes, announced or not; a descriptor that says so.',
  consequence: 'Memory is exhausted.',
  verdict: 'limited',
  inputs: [
    { title: 'announced by its length', build: manifestIs(huge), expect: { error: 'LIMIT_EXCEEDED' } },
    {
      title: 'not announced',
      build: played(({ registry }) => {
        registry.setQuirks({ manifestHead: 405 });
        registry.faults.add({
          match: { ...manifests, method: 'GET' },
          times: always,
          action: { kind: 'truncate', bytes: huge.length, claims: 'nothing' },
        });
        registry.seedManifest('app', 'v1', huge, good.mediaType);
      }),
      expect: { error: 'LIMIT_EXCEEDED' },
    },
    {
      title: 'in an index',
      build: played(({ registry }) => {
        const entry = { mediaType: good.mediaType, digest: good.digest, size: huge.length, platform: good.platform };
        registry.seedManifest('app', 'v1', jsonBytes({ schemaVersion: 2, manifests: [entry] }), indexOf([]).mediaType);
      }),
      expect: { error: 'LIMIT_EXCEEDED' },
    },
    {
      title: 'a config of five megabytes',
      build: played(({ registry }) => {
        const digest = registry.seedBlob('app', huge);
        const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: huge.length };
        registry.seed('app', 'v1', imageOf([layer], { manifestDocument: { config } }));
      }),
      expect: { error: 'LIMIT_EXCEEDED' },
    },
  ],
  alsoTested: 'Answers that never end are cut off, with bounded memory: documents, errors, tokens, lists, headers.',
};

export const encodedBody: HostileRow = {
  id: 'R4',
  title: 'a body is compressed for the transfer, although that was not asked for',
  structure: '`Content-Encoding: gzip` on manifests, configs and layers, always or once.',
  consequence: 'Digests are made of other bytes than were signed; a layer is inflated twice.',
  verdict: 'rejected',
  inputs: [
    {
      title: 'manifests',
      build: faulty({ ...manifests }, { kind: 'gzip' }),
      expect: { error: 'REGISTRY_PROTOCOL', says: /compressed/ },
    },
    {
      title: 'a config',
      build: faulty(ofConfig, { kind: 'gzip' }),
      expect: { error: 'REGISTRY_PROTOCOL', says: /compressed/ },
    },
    {
      title: 'a layer',
      build: faulty(ofLayer, { kind: 'gzip' }),
      expect: { error: 'REGISTRY_PROTOCOL', says: /compressed/ },
    },
    {
      title: 'blobs, once each',
      build: played(({ registry }) =>
        registry.faults.add(
          { match: ofLayer, action: { kind: 'gzip' } },
          { match: ofConfig, action: { kind: 'gzip' } },
        ),
      ),
      expect: goodTree,
    },
    {
      title: 'by a coding that nobody knows',
      build: faulty(ofLayer, { kind: 'headers', headers: { 'content-encoding': 'rot13' } }),
      expect: { error: 'REGISTRY_PROTOCOL' },
    },
    {
      title: 'a manifest that is compressed without saying so',
      build: manifestIs(gzipSync(good.manifest)),
      expect: { error: 'DOCUMENT_INVALID' },
    },
  ],
};

const page = '<!DOCTYPE html><html><title>Log in to the Wi-Fi</title></html>';

export const webPage: HostileRow = {
  id: 'R5',
  title: 'something that is no registry answers',
  structure: 'Web pages, empty bodies, plain text, JSON of something else, and bytes that are not HTTP.',
  consequence: 'The page of a hotel’s network is taken for an image, or its text for an error of the registry.',
  verdict: 'rejected',
  inputs: [
    {
      title: 'a web page for everything',
      build: answering(200, page, { 'content-type': 'text/html' }),
      expect: { error: 'REGISTRY_PROTOCOL', says: /web page/ },
    },
    { title: 'a web page that says it is a manifest', build: manifestIs(page), expect: { error: 'DOCUMENT_INVALID' } },
    {
      title: 'a web page for blobs',
      build: faulty(blobs, { kind: 'answer', status: 200, body: page, headers: { 'content-type': 'text/html' } }),
      expect: { error: 'SIZE_MISMATCH' },
    },
    { title: 'nothing', build: answering(200), expect: { error: 'DOCUMENT_INVALID' } },
    { title: '204', build: answering(204), expect: { error: 'REGISTRY_REFUSED' } },
    {
      title: 'another JSON',
      build: manifestIs('{"hello": "world"}', { 'content-type': 'application/json' }),
      expect: { error: 'DOCUMENT_INVALID' },
    },
    {
      title: 'a web page as an error',
      build: answering(400, page, { 'content-type': 'text/html' }),
      expect: { error: 'REGISTRY_REFUSED' },
    },
    { title: 'a status that does not exist', build: answering(799, 'x'), expect: { error: 'REGISTRY_REFUSED' } },
    {
      title: '206 for a manifest',
      build: faulty(
        { ...manifests, method: 'GET' },
        { kind: 'answer', status: 206, body: good.manifest, headers: { 'content-type': good.mediaType } },
      ),
      expect: { error: 'REGISTRY_REFUSED' },
    },
    {
      title: '304 for a manifest',
      build: faulty(manifests, { kind: 'answer', status: 304 }),
      expect: { error: 'REGISTRY_REFUSED' },
    },
  ],
};

const schema1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';

export const otherType: HostileRow = {
  id: 'R6',
  title: 'a manifest is of another type than the registry says',
  structure: 'A Content-Type that differs from `mediaType`; a document that is a manifest and an index; schema 1.',
  consequence: 'Two tools run two images from one digest (CVE-2021-41190).',
  verdict: 'rejected',
  inputs: [
    {
      title: 'an index, says the registry; a manifest, says the document',
      build: played(({ registry }) => {
        registry.seedManifest('app', 'v1', good.manifest, indexOf([]).mediaType);
      }),
      expect: { error: 'DOCUMENT_AMBIGUOUS' },
    },
    {
      title: 'the type of Docker, says the registry; that of OCI, says the document',
      build: played(({ registry }) => {
        registry.seedManifest('app', 'v1', good.manifest, imageOf([], { format: 'docker' }).mediaType);
      }),
      expect: { error: 'DOCUMENT_AMBIGUOUS' },
    },
    {
      title: 'both in one',
      build: played(({ registry }) => {
        const both = jsonBytes({ ...(JSON.parse(good.manifest.toString()) as object), manifests: [] });
        registry.seedManifest('app', 'v1', both, good.mediaType);
      }),
      expect: { error: 'DOCUMENT_AMBIGUOUS' },
    },
    {
      title: 'both in one, without a type',
      build: played(({ registry }) => {
        const { mediaType: _, ...rest } = JSON.parse(good.manifest.toString()) as Record<string, unknown>;
        registry.seedManifest('app', 'v1', jsonBytes({ ...rest, manifests: [] }), 'application/json');
      }),
      expect: { error: 'DOCUMENT_AMBIGUOUS' },
    },
    {
      title: 'a type that says nothing',
      build: played(({ registry }) => registry.setQuirks({ manifestType: 'application/octet-stream' })),
      expect: goodTree,
    },
    { title: 'no type', build: played(({ registry }) => registry.setQuirks({ manifestType: '' })), expect: goodTree },
    {
      title: 'the type with a parameter',
      build: played(({ registry }) => registry.setQuirks({ manifestType: '{type}; charset=utf-8' })),
      expect: goodTree,
    },
    {
      title: 'schema 1',
      build: played(({ registry }) => {
        const document = { schemaVersion: 1, name: 'app', tag: 'v1', fsLayers: [], history: [], signatures: [] };
        registry.seedManifest('app', 'v1', jsonBytes(document), schema1);
      }),
      expect: { error: 'MEDIA_TYPE_UNSUPPORTED', says: /schema 1/ },
    },
    {
      title: 'a type of something else',
      build: played(({ registry }) => {
        registry.seedManifest('app', 'v1', jsonBytes({ schemaVersion: 2 }), 'application/vnd.example.thing');
      }),
      expect: { error: 'MEDIA_TYPE_UNSUPPORTED' },
    },
    {
      title: 'an index of itself by tag alone',
      build: played(({ registry }) => {
        registry.seedManifest('app', 'v1', jsonBytes({ schemaVersion: 2, manifests: {} }), indexOf([]).mediaType);
      }),
      expect: { error: 'DOCUMENT_INVALID' },
    },
  ],
};

const busy = (status: number, headers: Readonly<Record<string, string>> = {}) =>
  ({ kind: 'answer', status, headers }) as const;

export const storm: HostileRow = {
  id: 'R7',
  title: 'a registry is busy, for a while or for ever',
  structure: '429 and 503 with Retry-After in seconds, as a date, far away; limits that make no sense.',
  consequence: 'The tool hammers the registry until it is blocked, or sleeps for years.',
  verdict: 'rejected',
  inputs: [
    ...[
      ['in seconds', '1'],
      ['as a date', 'Thu, 21 Oct 1999 07:28:00 GMT'],
      ['as nonsense', 'soon'],
    ].map(([form = '', value = '']) => ({
      title: `429 twice, with Retry-After ${form}`,
      build: faulty(manifests, busy(429, { 'retry-after': value }), 2),
      expect: goodTree,
    })),
    ...[
      ['in seconds', '1'],
      ['in years', '315576000'],
      ['as a date far away', 'Wed, 21 Oct 2137 07:28:00 GMT'],
      ['as nonsense', 'soon'],
    ].map(([form = '', value = '']) => ({
      title: `429 for ever, with Retry-After ${form}`,
      build: faulty({}, busy(429, { 'retry-after': value })),
      expect: { error: 'RATE_LIMITED' as const },
    })),
    { title: '429 for ever for layers', build: faulty(ofLayer, busy(429)), expect: { error: 'RATE_LIMITED' } },
    {
      title: '503 twice for each',
      build: played(({ registry }) =>
        registry.faults.add(...[manifests, ofConfig, ofLayer].map((match) => ({ match, times: 2, action: busy(503) }))),
      ),
      expect: goodTree,
    },
    ...[500, 502, 503, 504].map((status) => ({
      title: `${status} for ever`,
      build: faulty({}, busy(status)),
      expect: { error: 'REGISTRY_REFUSED' as const, says: new RegExp(String(status)) },
    })),
    {
      title: 'limits that say nothing sensible',
      build: played(({ registry }) =>
        registry.setQuirks({ headers: { 'ratelimit-limit': '-1;w=x', 'ratelimit-remaining': '1e999;w=-5' } }),
      ),
      expect: goodTree,
    },
  ],
};

const denied = (status: number, challenge?: string, body = '{}'): HostileInput['build'] =>
  answering(status, body, challenge === undefined ? {} : { 'www-authenticate': challenge });

export const closedDoor: HostileRow = {
  id: 'R8',
  title: 'a registry says no, in every way there is',
  structure: '401 with challenges that are missing, malformed or without end; 403; 404; tokens that are none.',
  consequence: 'The tool asks for ever, reads beyond a challenge, or sends a header that a token made.',
  verdict: 'rejected',
  inputs: [
    { title: '401 without a challenge', build: denied(401), expect: { error: 'AUTH_REQUIRED' } },
    ...[
      'Bearer',
      'Bearer realm=',
      'Bearer realm="',
      'Bearer realm="\\',
      'Basic realm="x", Bearer',
      'Negotiate, NTLM',
      ', , ,',
      '=',
      `Bearer ${'a="b",'.repeat(2000)}`,
      'Basic',
    ].map((challenge) => ({
      title: `401 with the challenge ${challenge.length > 100 ? 'of ten thousand characters' : `“${challenge}”`}`,
      build: denied(401, challenge),
      expect: { error: 'AUTH_REQUIRED' as const },
    })),
    {
      title: '401 whatever token is shown',
      build: played(({ registry }) => registry.revokeTokens(), {
        options: () => ({ auth: { kind: 'bearer', users: {} } }),
      }),
      expect: { error: 'AUTH_REQUIRED' },
    },
    { title: '403', build: denied(403), expect: { error: 'ACCESS_DENIED' } },
    { title: '403 for layers', build: faulty(ofLayer, busy(403)), expect: { error: 'ACCESS_DENIED' } },
    { title: '404 for everything', build: denied(404), expect: { error: 'IMAGE_NOT_FOUND' } },
    { title: '404 for layers', build: faulty(ofLayer, busy(404)), expect: { error: 'BLOB_MISSING' } },
    { title: '410 for layers', build: faulty(ofLayer, busy(410)), expect: { error: 'REGISTRY_REFUSED' } },
    ...[
      ['no JSON', 'token'],
      ['no token', '{}'],
      ['a token with line breaks', JSON.stringify({ token: 'a\r\nx-injected: 1' })],
      ['a token of other bytes', JSON.stringify({ token: 'ü\u0000' })],
      ['a list', '[]'],
      ['a hundred kilobytes', JSON.stringify({ token: 'x'.repeat(100_000) })],
    ].map(([name = '', body = '']) => ({
      title: `a token server that gives ${name}`,
      build: played(
        ({ registry }) =>
          registry.faults.add({
            match: { path: /^\/token/ },
            times: always,
            action: { kind: 'answer', status: 200, body },
          }),
        { options: () => ({ auth: { kind: 'bearer', users: { [user.name]: user.password } } }) },
      ),
      expect: { error: 'REGISTRY_PROTOCOL' as const },
    })),
  ],
};

const escapes = '\u001b[2J\u001b]0;owned\u0007\r\nerror: all is well\u009b31m\u202e\u2028\u0000';
const complaint = JSON.stringify({ errors: [{ code: `UNKNOWN${escapes}`, message: `look: ${escapes}` }] });

export const commandingText: HostileRow = {
  id: 'R9',
  title: 'an answer carries text for the terminal',
  structure: 'Escape sequences, line breaks and bidirectional controls in errors, types, addresses and headers.',
  consequence: 'Terminals are commanded and logs forged.',
  verdict: 'rejected',
  inputs: [
    {
      title: 'in an error',
      build: answering(400, complaint, { 'content-type': 'application/json' }),
      expect: { error: 'REGISTRY_REFUSED', says: /look: / },
    },
    {
      title: 'in an error of plain text',
      build: answering(400, `look: ${escapes}`, { 'content-type': 'text/plain' }),
      expect: { error: 'REGISTRY_REFUSED', says: /look: / },
    },
    { title: 'in a refusal', build: answering(403, complaint), expect: { error: 'ACCESS_DENIED' } },
    { title: 'in a limit', build: answering(429, complaint), expect: { error: 'RATE_LIMITED' } },
    { title: 'in what is missing', build: answering(404, complaint), expect: { error: 'IMAGE_NOT_FOUND' } },
    {
      title: 'in a media type',
      build: manifestIs(jsonBytes({ schemaVersion: 2, mediaType: `x/${escapes}` }), {}),
      expect: { error: 'MEDIA_TYPE_UNSUPPORTED' },
    },
    {
      title: 'in a header',
      build: manifestIs(good.manifest, { 'content-type': `x/\u009b31m\u00ad` }),
      expect: { error: 'DOCUMENT_AMBIGUOUS' },
    },
    {
      title: 'in a realm',
      build: denied(401, 'Bearer realm="https://\u009b31m.example/"'),
      expect: { error: 'REGISTRY_PROTOCOL' },
    },
    {
      title: 'in a redirect',
      build: faulty({}, { kind: 'redirect', to: 'file:///\u009b31m' }),
      expect: { error: 'REGISTRY_PROTOCOL' },
    },
    {
      title: 'in what a token server says',
      build: played(
        ({ registry }) =>
          registry.faults.add({
            match: { path: /^\/token/ },
            times: always,
            action: { kind: 'answer', status: 401, body: complaint },
          }),
        { options: () => ({ auth: { kind: 'bearer' } }) },
      ),
      expect: { error: 'AUTH_REQUIRED' },
    },
    {
      title: 'an error of a megabyte',
      build: answering(400, JSON.stringify({ errors: [{ code: 'X', message: 'x'.repeat(1024 ** 2) }] })),
      expect: { error: 'REGISTRY_REFUSED' },
    },
    {
      title: 'an error that quotes the credentials',
      build: played(
        ({ registry }) => {
          const secret = Buffer.from(`${user.name}:${user.password}`).toString('base64');
          registry.faults.add({
            match: { ...manifests, nth: 2 },
            times: always,
            action: {
              kind: 'answer',
              status: 400,
              body: JSON.stringify({ errors: [{ code: 'X', message: `Basic ${secret} ${user.password}` }] }),
            },
          });
        },
        { options: () => ({ auth: { kind: 'basic', users: { [user.name]: user.password } } }) },
      ),
      expect: { error: 'REGISTRY_REFUSED' },
    },
  ],
  alsoTested: 'The same in tags and repositories that are listed, in warnings, and in progress of every form.',
};

export const headerBomb: HostileRow = {
  id: 'R10',
  title: 'headers are huge, or many',
  structure: 'One of a hundred kilobytes; ten thousand small ones; a Content-Range or Link of many pages.',
  consequence: 'Memory is exhausted, or what splits a header takes for ever.',
  verdict: 'rejected',
  inputs: [
    {
      title: 'one of a hundred kilobytes',
      build: answering(200, '', { x: 'x'.repeat(100_000) }),
      expect: { error: 'REGISTRY_PROTOCOL', says: /headers/ },
    },
    {
      title: 'ten thousand',
      build: answering(200, '', { x: Array.from({ length: 10_000 }, () => 'xxxxxxxxxx') }),
      expect: { error: 'REGISTRY_PROTOCOL', says: /headers/ },
    },
    {
      title: 'one of fifty kilobytes that is used',
      build: faulty(manifests, {
        kind: 'headers',
        headers: { 'docker-content-digest': `sha256:${'0'.repeat(50_000)}`, warning: `299 - "${'\\"'.repeat(5000)}` },
      }),
      expect: goodTree,
    },
  ],
};

export const silence: HostileRow = {
  id: 'R11',
  title: 'a registry does not answer, or stops in the middle',
  structure: 'Connections that are accepted and left alone: before the answer, in a manifest, in a layer.',
  consequence: 'The tool waits for ever.',
  verdict: 'rejected',
  inputs: [
    { title: 'closed at once', build: faulty({}, { kind: 'cut' }), expect: { error: 'TRANSFER_INTERRUPTED' } },
    {
      title: 'reset at once',
      build: faulty({}, { kind: 'cut', resets: true }),
      expect: { error: 'TRANSFER_INTERRUPTED' },
    },
    {
      title: 'byte by byte, which is slow but right',
      build: faulty(ofLayer, { kind: 'drip', bytes: 20, milliseconds: 2 }),
      expect: goodTree,
    },
  ],
  alsoTested:
    'Connections that are accepted and left alone, from the beginning or in the middle, and headers that come byte by byte for ever, end at a time limit.',
};
