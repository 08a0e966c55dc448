/** H11 to H16 and H20: where a registry sends those who ask it, and what it gives them in parts. */
import assert from 'node:assert/strict';
import { file, imageOf, layerOf, type Fault, type TestRegistryOptions } from '../../src/testing/index.ts';
import type { HostileInput, HostileRow, RegistryScript, RegistryStage } from './hostile-row.ts';
import { good, goodTree, layer } from './layout-input.ts';
import { user } from './registry-input.ts';

const always = Infinity;
const foreign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
const isUntouched = ({ elsewhere }: RegistryStage): void => assert.deepEqual(elsewhere.requests, []);

/** The good image in a registry that goes wrong like this, for ever. */
function faulty(action: Fault['action'], match: Fault['match'] = {}, play: Partial<RegistryScript> = {}) {
  const script = ({ registry }: RegistryStage): void => {
    registry.seed('app', 'v1', good);
    registry.faults.add({ match, times: always, action });
  };
  return (): { registry: RegistryScript } => ({ registry: { script, ...play } });
}

function withUrls(
  urls: (stage: RegistryStage) => readonly string[],
  mediaType: string,
  isThere: boolean,
): HostileInput['build'] {
  const script = (stage: RegistryStage): void => {
    const { digest, size } = layer;
    stage.elsewhere.seedBlob('app', layer.bytes);
    const manifestDocument = { layers: [{ mediaType, digest, size, urls: urls(stage) }] };
    stage.registry.seed('app', 'v1', imageOf([layer], { manifestDocument }));
    if (!isThere) stage.registry.content.repository('app').blobs.delete(digest);
  };
  return () => ({ registry: { script, proves: isUntouched } });
}

const otherPlace = ({ elsewhere }: RegistryStage): string[] => [`${elsewhere.url}/v2/app/blobs/${layer.digest}`];

export const foreignAddress: HostileRow = {
  id: 'H11',
  title: 'a layer says where else it can be had',
  structure: 'A descriptor with `urls`: another machine, an address of the machine itself, a file.',
  consequence: 'The tool asks machines that the image chose, with credentials (containerd CVE-2020-15157).',
  verdict: 'rejected',
  inputs: [
    {
      title: 'of a foreign layer that the registry does not have',
      build: withUrls(otherPlace, foreign, false),
      expect: { error: 'BLOB_MISSING', says: /foreign/ },
    },
    {
      title: 'of any other layer that it does not have',
      build: withUrls(otherPlace, layer.mediaType, false),
      expect: { error: 'BLOB_MISSING' },
    },
    {
      title: 'of a layer that it has',
      build: withUrls(otherPlace, foreign, true),
      expect: goodTree,
    },
    {
      title: 'a file and a metadata service',
      build: withUrls(() => ['file:///etc/passwd', 'http://169.254.169.254/latest/'], foreign, false),
      expect: { error: 'BLOB_MISSING' },
    },
  ],
};

const bearer = { kind: 'bearer', users: { [user.name]: user.password } } as const;
const basic = { kind: 'basic', users: { [user.name]: user.password } } as const;

/** The good image behind a gate; what the match fits is to be had elsewhere, where a copy of everything is. */
function redirected(
  match: NonNullable<Fault['match']>,
  auth: NonNullable<TestRegistryOptions['auth']>,
): HostileInput['build'] {
  const script = ({ registry, elsewhere }: RegistryStage): void => {
    registry.seed('app', 'v1', good);
    elsewhere.seed('app', 'v1', good);
    registry.faults.add({ match, times: always, action: { kind: 'redirect', to: `${elsewhere.url}{path}` } });
  };
  const proves = ({ elsewhere }: RegistryStage): void => assert.ok(elsewhere.requests.length > 0, 'it was asked');
  return () => ({ registry: { script, proves, options: () => ({ auth }) } });
}

export const otherHost: HostileRow = {
  id: 'H12',
  title: 'a registry redirects to another host',
  structure: 'A redirect of blobs or manifests to another machine, after Basic or Bearer credentials were given.',
  consequence: 'Credentials go along (oras GHSA-vh4v-2xq2-g5cg).',
  verdict: 'kept',
  inputs: [
    ...[basic, bearer].flatMap((auth) => [
      {
        title: `of blobs, with ${auth.kind} credentials`,
        build: redirected({ path: /\/blobs\// }, auth),
        expect: goodTree,
      },
      {
        title: `of manifests, with ${auth.kind} credentials`,
        build: redirected({ path: /\/manifests\// }, auth),
        expect: goodTree,
      },
    ]),
    {
      title: 'and from there back to the registry',
      build: () => ({
        registry: {
          options: () => ({ auth: basic }),
          script: ({ registry, elsewhere }) => {
            registry.seed('app', 'v1', good);
            const there = { kind: 'redirect', to: `${elsewhere.url}{path}` } as const;
            const back = { kind: 'redirect', to: `${registry.url}{path}` } as const;
            registry.faults.add({ match: { path: /\/blobs\// }, action: there });
            elsewhere.faults.add({ times: always, action: back });
          },
          proves: ({ registry }) => {
            const returned = registry.requests.filter(({ url }) => url.includes('/blobs/'))[1];
            assert.equal(returned?.headers['authorization'], undefined, 'whoever was sent has no credentials');
          },
        },
      }),
      expect: { error: 'AUTH_REQUIRED' },
    },
  ],
  alsoTested: 'The other machine never gets a credential, whatever was sent to the registry.',
};

/** A gate that sends everybody to this realm for a token. */
function withRealm(
  realm: (stage: Pick<RegistryStage, 'elsewhere'>) => string,
  address?: 'public',
): HostileInput['build'] {
  const options = (stage: Pick<RegistryStage, 'elsewhere'>): TestRegistryOptions => ({
    auth: { ...bearer, realm: realm(stage) },
  });
  const script = ({ registry }: RegistryStage): void => registry.seed('app', 'v1', good);
  return () => ({ registry: { options, script, proves: isUntouched, ...(address ? { address } : {}) } });
}

export const otherRealm: HostileRow = {
  id: 'H13',
  title: 'a registry sends the client elsewhere for its token',
  structure: 'A challenge whose realm is a private address, a metadata service, a file, or has a password in it.',
  consequence: 'Credentials are handed to an attacker or a metadata service (oras CVE-2026-48978).',
  verdict: 'rejected',
  inputs: [
    {
      title: 'to an address of the machine itself',
      build: withRealm(({ elsewhere }) => `${elsewhere.url}/token`, 'public'),
      expect: { error: 'REGISTRY_PROTOCOL', says: /loopback/ },
    },
    {
      title: 'to that address written as IPv6',
      build: withRealm(({ elsewhere }) => elsewhere.url.replace('127.0.0.1', '[::ffff:127.0.0.1]'), 'public'),
      expect: { error: 'REGISTRY_PROTOCOL', says: /loopback/ },
    },
    {
      title: 'to a metadata service',
      build: withRealm(() => 'https://169.254.169.254/latest/meta-data/', 'public'),
      expect: { error: 'REGISTRY_PROTOCOL', says: /link-local/ },
    },
    {
      title: 'to a private network',
      build: withRealm(() => 'https://10.0.0.1/token', 'public'),
      expect: { error: 'REGISTRY_PROTOCOL', says: /private/ },
    },
    {
      title: 'to another host without TLS',
      build: withRealm(({ elsewhere }) => elsewhere.url.replace('127.0.0.1', 'elsewhere.example'), 'public'),
      expect: { error: 'REGISTRY_PROTOCOL', says: /http/ },
    },
    ...['file:///etc/passwd', 'javascript:alert(1)', 'http://[', 'https://user:password@tokens.example/'].map(
      (realm) => ({
        title: `to ${realm}`,
        build: withRealm(() => realm, 'public'),
        expect: { error: 'REGISTRY_PROTOCOL' as const },
      }),
    ),
    {
      title: 'whose token server redirects to another machine',
      build: () => ({
        registry: {
          options: () => ({ auth: bearer }),
          script: ({ registry, elsewhere }) => {
            registry.seed('app', 'v1', good);
            const action = { kind: 'redirect', to: `${elsewhere.url}/token` } as const;
            registry.faults.add({ match: { path: /^\/token/ }, times: always, action });
          },
        },
      }),
      expect: { error: 'REGISTRY_REFUSED' },
    },
  ],
};

export const otherUpload: HostileRow = {
  id: 'H14',
  title: 'an upload continues on another host',
  structure: 'A Location of an upload that leads to another machine, from https to http, or nowhere.',
  consequence: 'Credentials go along (oras CVE-2026-50151).',
  verdict: 'kept',
  inputs: [],
  alsoTested:
    'The upload goes on there without credentials; from https to http, or to an address that is no web address, it is refused.',
};

const otherSchemes = ['file:///etc/passwd', 'ftp://registry.example/', 'javascript:alert(1)', 'data:,x', 'http://'];

export const otherScheme: HostileRow = {
  id: 'H15',
  title: 'a redirect or a list leads from https to http, to a private address, or round and round',
  structure: 'Redirects to other schemes, to addresses nearer than the registry, with a password, and in circles.',
  consequence: 'The rest travels in the open; services that only this machine can reach are asked in its name.',
  verdict: 'rejected',
  inputs: [
    {
      title: 'from https to http',
      build: () => ({
        registry: {
          speaksTls: true,
          script: ({ registry, elsewhere }) => {
            registry.seed('app', 'v1', good);
            elsewhere.seed('app', 'v1', good);
            const action = { kind: 'redirect', to: `${elsewhere.url}{path}` } as const;
            registry.faults.add({ match: { path: /\/blobs\// }, times: always, action });
          },
          proves: isUntouched,
        },
      }),
      expect: { error: 'REGISTRY_PROTOCOL', says: /from https to http/ },
    },
    ...['http://127.0.0.1:5000/', 'http://[::1]/', 'http://0x7f000001/', 'http://localhost./'].map((to) => ({
      title: `to this machine, as ${to}`,
      build: faulty({ kind: 'redirect', to }, {}, { address: 'public' }),
      expect: { error: 'REGISTRY_PROTOCOL' as const, says: /loopback/ },
    })),
    {
      title: 'to a metadata service',
      build: faulty({ kind: 'redirect', to: 'http://169.254.169.254/' }, { path: /\/blobs\// }, { address: 'public' }),
      expect: { error: 'REGISTRY_PROTOCOL', says: /link-local/ },
    },
    {
      title: 'to a private network',
      build: faulty({ kind: 'redirect', to: 'http://192.168.0.1/' }, { path: /\/blobs\// }, { address: 'public' }),
      expect: { error: 'REGISTRY_PROTOCOL', says: /private/ },
    },
    ...otherSchemes.map((to) => ({
      title: `to ${to}`,
      build: faulty({ kind: 'redirect', to }),
      expect: { error: 'REGISTRY_PROTOCOL' as const },
    })),
    {
      title: 'to a URL with a password',
      build: faulty({ kind: 'redirect', to: 'https://user:password@registry.example/' }),
      expect: { error: 'REGISTRY_PROTOCOL', says: /credentials/ },
    },
    ...['manifests', 'blobs'].map((kind) => ({
      title: `in circles, of ${kind}`,
      build: faulty({ kind: 'redirect', to: '{path}' }, { path: new RegExp(`/${kind}/`) }),
      expect: { error: 'REGISTRY_PROTOCOL' as const, says: /more than 10 times/ },
    })),
  ],
  alsoTested: 'A list goes on only at the registry itself.',
};

const long = layerOf([file('f', 'hello'), file('g', Buffer.alloc(50_000, 'g'))], { compression: 'none' });
const longImage = imageOf([long]);

/** A transfer that breaks after half of the layer, and what the registry does then. */
function resumed(...then: readonly Fault['action'][]): HostileInput['build'] {
  const match = { path: new RegExp(`/blobs/${long.digest}`) };
  const script = ({ registry }: RegistryStage): void => {
    registry.seed('app', 'v1', longImage);
    registry.faults.add({ match, action: { kind: 'cut', afterBytes: long.size >> 1 } });
    for (const action of then) registry.faults.add({ match, action });
  };
  return () => ({ registry: { script } });
}

const longTree = { tree: [file('f', 'hello'), file('g', Buffer.alloc(50_000, 'g'))] };
const range = (text: string | undefined) => ({ kind: 'headers', headers: { 'content-range': text } }) as const;
const total = long.size;
const half = total >> 1;

export const otherRest: HostileRow = {
  id: 'H16',
  title: 'a resumed download continues with other bytes',
  structure:
    'A layer that breaks off in its middle; then parts that are damaged, begin elsewhere or are said to be of another whole.',
  consequence: 'A blob is spliced from two.',
  verdict: 'rejected',
  inputs: [
    { title: 'as they should be', build: resumed(), expect: longTree },
    {
      title: 'one of them inverted',
      build: resumed({ kind: 'corrupt', byte: 100 }),
      expect: { error: 'DIGEST_MISMATCH' },
    },
    {
      title: 'all of it from the beginning',
      build: resumed({ kind: 'ignore-range' }),
      expect: longTree,
    },
    {
      title: 'more of them than there are',
      build: resumed({ kind: 'append', bytes: 10 }),
      expect: { error: 'SIZE_MISMATCH' },
    },
    {
      title: 'said to be of a larger whole',
      build: resumed(range(`bytes ${half}-${total - 1}/${total + 1}`)),
      expect: { error: 'SIZE_MISMATCH' },
    },
    {
      title: 'said to begin elsewhere, so that all is asked for',
      build: resumed(range(`bytes ${half - 1}-${total - 2}/${total}`)),
      expect: longTree,
    },
    {
      title: 'without saying where they begin, so that all is asked for',
      build: resumed(range(undefined)),
      expect: longTree,
    },
    {
      title: 'a part that nobody asked for',
      build: () => ({
        registry: {
          script: ({ registry }) => {
            registry.seed('app', 'v1', longImage);
            const action = { kind: 'answer', status: 206, body: long.bytes } as const;
            registry.faults.add({ match: { path: new RegExp(long.digest) }, times: always, action });
          },
        },
      }),
      expect: { error: 'REGISTRY_PROTOCOL', says: /206/ },
    },
  ],
  alsoTested:
    'Transfers are cut at random positions over and over, by servers with every kind of habit about ranges: what is unpacked is exact.',
};

export const otherProgram: HostileRow = {
  id: 'H20',
  title: 'a credential helper is named by a path, or an auth file is huge',
  structure: 'A helper whose name holds a slash, dots or options; an auth file of many megabytes, a pipe, a directory.',
  consequence: 'Another program is started, or the tool waits for ever.',
  verdict: 'rejected',
  inputs: [],
  alsoTested: 'Each of them is `CREDENTIALS_INVALID`, and no program is started.',
};
