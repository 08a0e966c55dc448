import { type ArgumentSpec, type CommandSpec, common, image, limits, merging, network } from './command-spec.ts';

const optionalPath: ArgumentSpec = {
  name: 'PATH',
  about: 'a path inside the image, resolved as in a container; the root unless given',
  isOptional: true,
};

/** Commands that look into an image or make something of it. */
export const imageCommands: readonly CommandSpec[] = [
  {
    name: 'unpack',
    summary: 'Make a root file system of an image.',
    description:
      'Unpacks IMAGE into DIR, which is absent or empty, exactly: links, owners, modes, times, xattrs and devices. DIR stays as it was until everything is verified and complete, then it appears at once. What the target cannot hold is listed and nothing is published, unless --allow-lossy is given. Where DIR is a mount point or its parent cannot be written, it is filled in place, marked by .holdfast-incomplete until it is complete. With --overlay the image is unpacked beside DIR and shown there through an overlay file system, and snapshot, diff and commit find what changed without looking at anything else; that is so after a restart, too, when it is not mounted any more. To be rid of it: umount DIR; rm -r DIR .NAME.holdfast-overlay.',
    examples: [
      { about: 'a root file system of a tag of an OCI layout', command: 'holdfast unpack oci:images:debian rootfs' },
      { about: 'from docker save', command: 'docker save alpine:3.20 | holdfast unpack docker-archive:- rootfs' },
      {
        about: 'owners shifted for a user namespace',
        command: 'holdfast unpack --uid-map 0:100000:65536 --gid-map 0:100000:65536 oci:images:debian rootfs',
      },
      { about: 'with changes kept apart, for quick snapshots', command: 'holdfast unpack --overlay debian:12 rootfs' },
    ],
    arguments: [image, { name: 'DIR', about: 'the directory to make; absent or empty' }],
    options: [
      ...merging,
      ...(['include', 'exclude', 'uidMap', 'gidMap', 'allowLossy', 'hostXattrs', 'noRecord', 'overlay'] as const),
      ...network,
      ...common,
      ...limits,
    ],
    json: '{"directory","reference","digest","platform","layers":N,"entries":N,"atomic":BOOL,"record"?,"overlay"?:{"lower","upper","work"},"losses":[{"kind","path","detail"}],"notes":[NOTE]}',
    load: () => import('./commands/unpack.ts'),
  },
  {
    name: 'export',
    summary: 'Write an image as one flat tar archive.',
    description:
      'Writes the merged tree as one tar archive: deterministic, every link group right, safe for any extractor. Nothing is given out before every layer is verified. A terminal is refused. When the reader of stdout goes away, the exit code is 141, as for a program stopped by SIGPIPE. While the archive goes to stdout, --format has no effect.',
    examples: [
      { about: 'into a file', command: 'holdfast export oci:images:debian -o debian.tar' },
      { about: 'into another program', command: 'holdfast export oci:images:debian | tar -x -C rootfs' },
      { about: 'one directory of it', command: 'holdfast export --include etc oci:images:debian | tar -t' },
    ],
    arguments: [image],
    options: ['output', ...merging, 'include', 'exclude', ...network, ...common, ...limits],
    json: '{"file","reference","digest","size":N,"notes":[NOTE]}',
    load: () => import('./commands/export.ts'),
  },
  {
    name: 'ls',
    summary: 'List files of an image.',
    description:
      'Lists PATH, or its direct children when it is a directory, by their paths from the root. A PATH that is a symbolic link is followed, with -l it is not. Control characters in names are escaped, except with --null. An image that was looked at before is not read again.',
    examples: [
      { about: 'the root', command: 'holdfast ls oci:images:debian' },
      { about: 'one directory in detail', command: 'holdfast ls -l oci:images:debian /usr/bin' },
      { about: 'what the third layer changed', command: 'holdfast ls -l --layer 3 oci:images:debian' },
      { about: 'for another program', command: 'holdfast ls -R --null oci:images:debian | xargs -0 …' },
    ],
    arguments: [image, optionalPath],
    options: ['long', 'recursive', 'null', 'layer', ...merging, ...network, ...common, ...limits],
    json: '{"reference","digest","path","layer"?:{"number":N,"digest","diffId"},"entries":[ENTRY],"notes":[NOTE]}',
    load: () => import('./commands/ls.ts'),
  },
  {
    name: 'tree',
    summary: 'Draw files of an image as a tree.',
    description: 'Draws everything below PATH as a tree, symbolic links with their text.',
    examples: [{ about: 'one directory', command: 'holdfast tree oci:images:debian /etc/apt' }],
    arguments: [image, optionalPath],
    options: [...merging, ...network, ...common, ...limits],
    json: '{"reference","digest","path","entries":[ENTRY],"notes":[NOTE]}',
    load: () => import('./commands/tree.ts'),
  },
  {
    name: 'cat',
    summary: 'Print a file of an image.',
    description:
      'Writes the content of PATH, by any of its names, to stdout. The layer that holds it is verified before the first byte is given out.',
    examples: [{ about: 'one file', command: 'holdfast cat oci:images:debian /etc/os-release' }],
    arguments: [image, { name: 'PATH', about: 'a file inside the image; symbolic links are followed inside the root' }],
    options: [...merging, ...network, ...common, ...limits],
    load: () => import('./commands/cat.ts'),
  },
  {
    name: 'links',
    summary: 'Show which names of an image are one file.',
    description:
      'Lists the link groups of IMAGE: the names that share an inode, its size, and the layer that made it; and by how much the root file system would grow if every link became a copy.',
    examples: [
      { about: 'every group', command: 'holdfast links oci:images:debian' },
      { about: 'as data', command: 'holdfast links --format json oci:images:debian' },
    ],
    arguments: [image],
    options: [...merging, ...network, ...common, ...limits],
    json: '{"groups":[{"paths":[…],"kind","size":N,"layer":N}],"growth":N,"notes":[NOTE]}',
    load: () => import('./commands/links.ts'),
  },
  {
    name: 'digest',
    summary: 'Print the digest of what a reference names.',
    description:
      'Prints the digest of the manifest or index that IMAGE names; with --platform the digest of that image of the index.',
    examples: [{ about: 'of a tag', command: 'holdfast digest oci:images:debian' }],
    arguments: [image],
    options: ['platform', ...network, ...common],
    json: '{"reference","digest","mediaType","size":N}',
    load: () => import('./commands/digest.ts'),
  },
  {
    name: 'manifest',
    summary: 'Print a manifest or index, byte for byte.',
    description:
      'Prints the manifest or index that IMAGE names as it is stored; with --platform the manifest of that image of the index. With -q only its digest.',
    examples: [
      { about: 'of a tag', command: 'holdfast manifest oci:images:debian' },
      { about: 'of one platform', command: 'holdfast manifest --platform linux/arm64 oci:images:debian' },
    ],
    arguments: [image],
    options: ['platform', ...network, ...common],
    load: () => import('./commands/manifest.ts'),
  },
  {
    name: 'inspect',
    summary: 'Show the metadata of an image.',
    description: 'Shows what the manifest and the config of one platform say: platform, layers, command, environment.',
    examples: [
      { about: 'for a person', command: 'holdfast inspect oci:images:debian' },
      { about: 'for a program', command: 'holdfast inspect --format json oci:images:debian | jq .layers' },
    ],
    arguments: [image],
    options: ['platform', ...network, ...common],
    json: '{"reference","digest","mediaType","configDigest","platform","created"?,"author"?,"size":N,"layers":[{"number":N,"digest","diffId","size":N,"mediaType"}],"user"?,"env"?:[…],"entrypoint"?:[…],"cmd"?:[…],"workdir"?,"labels"?:{…},"stopSignal"?,"exposedPorts"?:[…],"volumes"?:[…],"annotations"?:{…},"notes":[NOTE]}',
    load: () => import('./commands/inspect.ts'),
  },
  {
    name: 'config',
    summary: 'Print the config of an image, byte for byte.',
    description: 'Prints the config of one platform as it is stored. With -q only its digest.',
    examples: [{ about: 'the config', command: 'holdfast config oci:images:debian' }],
    arguments: [image],
    options: ['platform', ...network, ...common],
    load: () => import('./commands/config.ts'),
  },
  {
    name: 'validate',
    summary: 'Recompute every digest, size and DiffID.',
    description:
      'Reads the documents and all layers of IMAGE, whatever is cached, recomputes every digest, size and DiffID, and checks that the layers fit onto each other. Of an index every image, unless --platform is given.',
    examples: [{ about: 'a whole index', command: 'holdfast validate oci:images:debian' }],
    arguments: [image],
    options: ['platform', 'jobs', ...network, ...common, ...limits],
    json: '{"reference","digest","mediaType","images":[{"digest","platform","layers":[{"number":N,"digest","diffId","size":N,"uncompressedSize":N,"entries":N}],"notes":[NOTE]}],"artifacts":[{"digest","mediaType"}]}',
    load: () => import('./commands/validate.ts'),
  },
];
