/** Commands that move images, and those for what is kept in registries and in the local store. */
import { type ArgumentSpec, type CommandSpec, common, destination, image, limits, network } from './command-spec.ts';

const source: ArgumentSpec = { ...image, name: 'SRC' };
const registryImage: ArgumentSpec = { name: 'IMAGE', about: '[docker://][HOST/]NAME[:TAG][@DIGEST]' };
const copying = ['all', 'platform', 'referrers', 'jobs', ...network, ...common, ...limits] as const;

const copyResult =
  '{"source","destination","sourceDigest","digest","mediaType","changed"?,"blobs":{"copied":N,"existed":N,"mounted":N,"shared":N,"bytes":N},"manifests":N,"referrers":N}';

export const registryCommands: readonly CommandSpec[] = [
  {
    name: 'copy',
    summary: 'Copy an image from any transport to any other.',
    description:
      'Copies SRC to DST without changing a byte of it: the digest stays, wherever the format of DST can hold the image as it is; where not, the result says why. Of an index one platform is copied, with --all the whole index; --all with --platform keeps the whole index, and of its content only those platforms. Blobs that DST has are not moved again, blobs of another repository of the same registry are mounted, and a broken transfer goes on where it stopped. Nothing appears under the name of DST before everything is there. An archive that goes to stdout, as FILE -, leaves the report to stderr.',
    examples: [
      { about: 'from a registry into an OCI layout', command: 'holdfast copy debian:12 oci:images:debian' },
      {
        about: 'every platform of it, with signatures, to another registry',
        command: 'holdfast copy --all --referrers debian:12 registry.example/debian:12',
      },
      { about: 'into Docker', command: 'holdfast copy oci:images:debian docker-daemon:debian:12' },
      { about: 'for docker load', command: 'holdfast copy debian:12 docker-archive:-:debian:12 | docker load' },
    ],
    arguments: [source, destination],
    options: copying,
    json: copyResult,
    load: () => import('./commands/copy.ts'),
  },
  {
    name: 'pull',
    summary: 'Fetch an image into the local store, or to DST.',
    description:
      'Fetches IMAGE into the local store, under its own name, where every command finds its blobs; with DST the same as copy IMAGE DST. The store is HOLDFAST_STORE, or holdfast/store below XDG_DATA_HOME.',
    examples: [
      { about: 'to have it', command: 'holdfast pull debian:12' },
      { about: 'into a file', command: 'holdfast pull debian:12 oci-archive:debian.tar' },
    ],
    arguments: [registryImage, { ...destination, isOptional: true }],
    options: copying,
    json: copyResult,
    load: () => import('./commands/pull.ts'),
  },
  {
    name: 'push',
    summary: 'Send an image to a registry.',
    description:
      'Sends SRC to IMAGE, the same as copy SRC IMAGE. With one argument it sends what the local store has under that name.',
    examples: [
      { about: 'from an OCI layout', command: 'holdfast push oci:images:debian registry.example/debian:12' },
      { about: 'what was pulled before', command: 'holdfast push registry.example/debian:12' },
    ],
    arguments: [
      { ...source, about: `${source.about}; left out, the local store` },
      { ...registryImage, isOptional: true },
    ],
    options: copying,
    json: copyResult,
    load: () => import('./commands/push.ts'),
  },
  {
    name: 'tag',
    summary: 'Give an image one more tag.',
    description:
      'Gives what IMAGE names, an index too, the tag TAG in the same repository or OCI layout. No blob is moved.',
    examples: [{ about: 'in a registry', command: 'holdfast tag registry.example/debian:12.8 stable' }],
    arguments: [
      { name: 'IMAGE', about: '[docker://][HOST/]NAME[:TAG][@DIGEST] or oci:DIR[:TAG]' },
      { name: 'TAG', about: 'the new tag' },
    ],
    options: [...network, ...common],
    json: '{"reference","digest"}',
    load: () => import('./commands/tag.ts'),
  },
  {
    name: 'tags',
    summary: 'List the tags of a repository.',
    description: 'Lists the tags of NAME, one a line, as the registry orders them; or the names in an OCI layout.',
    examples: [{ about: 'of a repository', command: 'holdfast tags debian' }],
    arguments: [{ name: 'NAME', about: '[docker://][HOST/]NAME or oci:DIR' }],
    options: [...network, ...common],
    json: '{"name","tags":[…]}',
    load: () => import('./commands/tags.ts'),
  },
  {
    name: 'catalog',
    summary: 'List the repositories of a registry.',
    description: 'Lists the repositories of HOST, one a line. Many public registries have no such list.',
    examples: [{ about: 'of a registry', command: 'holdfast catalog localhost:5000' }],
    arguments: [{ name: 'HOST', about: 'HOST[:PORT]' }],
    options: [...network, ...common],
    json: '{"host","repositories":[…]}',
    load: () => import('./commands/catalog.ts'),
  },
  {
    name: 'referrers',
    summary: 'List what refers to an image: signatures, SBOMs.',
    description:
      'Lists the manifests whose subject is what IMAGE names: by the referrers API of the registry, by the fall-back tag where it has none, or by the entries of an OCI layout.',
    examples: [
      { about: 'all of them', command: 'holdfast referrers registry.example/app:1.0' },
      {
        about: 'of one kind',
        command: 'holdfast referrers --artifact-type application/spdx+json registry.example/app:1.0',
      },
    ],
    arguments: [image],
    options: ['artifactType', 'platform', ...network, ...common],
    json: '{"reference","subject","referrers":[{"digest","mediaType","size":N,"artifactType"?,"annotations"?:{…}}]}',
    load: () => import('./commands/referrers.ts'),
  },
  {
    name: 'delete',
    summary: 'Delete a tag or a manifest.',
    description:
      'Deletes the tag that IMAGE names, or, with a digest, the manifest and every tag that leads to it. In an OCI layout the blobs stay. Many registries do not allow it.',
    examples: [
      { about: 'a tag', command: 'holdfast delete localhost:5000/app:old' },
      { about: 'a manifest', command: 'holdfast delete localhost:5000/app@sha256:…' },
    ],
    arguments: [{ name: 'IMAGE', about: '[docker://][HOST/]NAME:TAG, NAME@DIGEST, or oci:DIR:TAG' }],
    options: [...network, ...common],
    json: '{"deleted"}',
    load: () => import('./commands/delete.ts'),
  },
  {
    name: 'login',
    summary: 'Log in to a registry.',
    description:
      'Asks the registry whether it accepts the credentials and keeps them where Docker and Podman find them too: with the credential helper that is configured, else in the credential file. Without a user and a password a terminal is asked for them. HOST is Docker Hub unless given.',
    examples: [
      { about: 'asking for the password', command: 'holdfast login -u me registry.example' },
      {
        about: 'in a script',
        command: 'printf %s "$TOKEN" | holdfast login -u me --password-stdin registry.example',
      },
    ],
    arguments: [{ name: 'HOST', about: 'HOST[:PORT]; docker.io unless given', isOptional: true }],
    options: ['username', 'password', 'passwordStdin', ...network, ...common],
    json: '{"registry","storedIn"}',
    load: () => import('./commands/login.ts'),
  },
  {
    name: 'logout',
    summary: 'Forget the credentials of a registry.',
    description: 'Removes what login has kept for HOST, Docker Hub unless given.',
    examples: [{ about: 'from a registry', command: 'holdfast logout registry.example' }],
    arguments: [{ name: 'HOST', about: 'HOST[:PORT]; docker.io unless given', isOptional: true }],
    options: ['authfile', ...common],
    json: '{"registry","removedFrom":[…],"stillIn":[…]}',
    load: () => import('./commands/logout.ts'),
  },
  {
    name: 'serve',
    summary: 'Serve an OCI layout as a registry.',
    description:
      'Serves the images of the OCI layout DIR as a registry that any client can pull from and push to, until Ctrl-C or SIGTERM ends it, after the requests under way; the exit code is then 130 or 143, as for every command. DIR is made when it is absent; the local store is served unless DIR is given. Only this machine can reach it unless --addr says otherwise; then protect it with --htpasswd or --token, and --tls-cert and --tls-key.',
    examples: [
      { about: 'for this machine', command: 'holdfast serve images' },
      {
        about: 'for others, who log in',
        command: 'holdfast serve --addr 0.0.0.0:5000 --htpasswd users --tls-cert cert.pem --tls-key key.pem images',
      },
    ],
    arguments: [{ name: 'DIR', about: 'an OCI layout; the local store unless given', isOptional: true }],
    options: ['addr', 'htpasswd', 'token', 'tlsCert', 'tlsKey', 'readOnly', ...common],
    json: '{"url","host","port":N,"directory"}, once it listens',
    load: () => import('./commands/serve.ts'),
  },
  {
    name: 'store',
    summary: 'Look at and clean the local store.',
    description:
      'ls shows what the local store holds. gc removes images and blobs that were not used for --unused-for days, and transfers that were given up. fsck hashes every blob and follows every reference; what it finds is exit 3, unless --repair has removed it.',
    examples: [
      { about: 'what is there', command: 'holdfast store ls' },
      { about: 'make room', command: 'holdfast store gc --unused-for 7' },
      { about: 'check it', command: 'holdfast store fsck' },
    ],
    arguments: [{ name: 'ls|gc|fsck', about: 'what to do' }],
    options: ['unusedFor', 'dryRun', 'repair', ...common],
    json: 'ls: {"directory","images":[{"name"?,"digest","mediaType","size":N,"complete":BOOL,"listed":BOOL,"lastUsed"?:TIME}],"blobs":{"count":N,"bytes":N},"partials":[{"digest","bytes":N,"active":BOOL,"modified":TIME}]}; gc: {"directory","dryRun":BOOL,"images":[{"name"?,"digest","lastUsed"?:TIME}],"blobs":[{"digest","bytes":N}],"partials":[{"digest","bytes":N}],"freedBytes":N}; fsck: {"directory","ok":BOOL,"blobs":{"count":N,"bytes":N},"problems":[{"kind","severity","path"?,"digest"?,"image"?,"text","repaired"?:BOOL}]}',
    load: () => import('./commands/store.ts'),
  },
];
