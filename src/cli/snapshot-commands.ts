/** Commands that tell and write what changed. */
import { type ArgumentSpec, type CommandSpec, common, destination, image, limits, network } from './command-spec.ts';

/** An argument that names any tree. */
export const tree = (name: string, about: string): ArgumentSpec => ({
  name,
  about: `${about}: rootfs:DIR, tar:FILE, layer:FILE, find:FILE, docker:CONTAINER, podman:CONTAINER, the http:// or https:// address of a probe, a path that begins with "/" or ".", or ${image.about}`,
});

const changes =
  '"changes":[{"path","change","kind","aspects"?:[…],"before"?:{…},"after"?:{…}}],"linked":[[PATH]],"unlinked":[[PATH]],"ignored":[PATH],"problems":[{"kind","path","what"?,"errno"?}]';
const layer = '"layer":{"digest","size":N,"mediaType","diffId","uncompressedSize":N}';
const comparing = [
  'ignore',
  'exact',
  'upper',
  'platform',
  'atLayer',
  'onConflict',
  'hostXattrs',
  'crossMounts',
  'jobs',
] as const;
const writing = ['layerOutput', 'layerCompression', 'compressionLevel'] as const;

export const snapshotCommands: readonly CommandSpec[] = [
  {
    name: 'diff',
    summary: 'Tell what changed from one tree to another.',
    description:
      'Lists what is in B and not in A (A), what is in A and not in B (D, with everything below it), what differs and in what (C), and which names are links of each other in one of them only (L and U). What one of the two cannot know is not compared, and told. With -o the layer that turns A into B is written, which holds what changed and nothing else. Without it the exit code is 3 when there are changes. --at-layer is for A, or for B where A is no image.',
    examples: [
      { about: 'two images', command: 'holdfast diff app:1 app:2' },
      { about: 'an image and a directory', command: 'holdfast diff oci:images:debian ./rootfs' },
      { about: 'what came after the third layer', command: 'holdfast diff --at-layer 3 app:1 app:1' },
      { about: 'what a container has changed', command: 'holdfast diff app:1 docker:web' },
      {
        about: 'the same where only a shell is to be had (probe --print-find)',
        command: 'holdfast diff app:1 find:listing',
      },
      { about: 'the layer between two images', command: 'holdfast diff app:1 app:2 -o update.tar' },
    ],
    arguments: [tree('A', 'the tree before'), tree('B', 'the tree after')],
    options: [...writing, ...comparing, 'tokenFile', ...network, ...common, ...limits],
    json: `{"base","target","isEmpty":BOOL,"filesRead":N,"notCompared":[FACT],${changes},${layer.replace(':', '?:')},"notes":[NOTE]}`,
    load: () => import('./commands/diff.ts'),
  },
  {
    name: 'snapshot',
    summary: 'Write what changed in a directory as a layer.',
    description:
      'Compares ROOTFS with what it was (--base) and writes the layer that turns the one into the other. Where ROOTFS was unpacked from the base, only files that were touched since are read; anywhere else the content decides. Where it was made by unpack --overlay, only its changes are read, which costs what they cost, however large the image is; so it is with --upper. What no layer can hold (sockets), nobody may read, or lies below a mount point or an ignored path is told and stays as it is in the base. No change gives a layer without entries.',
    examples: [
      {
        about: 'after changes in an unpacked image',
        command: 'holdfast snapshot --base oci:images:debian rootfs -o changes.tar',
      },
      {
        about: 'without what programs leave behind',
        command: 'holdfast snapshot --base debian:12 --ignore tmp --ignore "var/cache/**" rootfs -o changes.tar.gz',
      },
      {
        about: 'what a container wrote, from the upper directory of its overlay',
        command: 'holdfast snapshot --base debian:12 --upper /var/lib/docker/overlay2/ID/diff -o changes.tar',
      },
    ],
    arguments: [{ name: 'ROOTFS', about: 'the directory' }],
    required: ['base', 'layerOutput'],
    options: ['base', ...writing, ...comparing, ...network, ...common, ...limits],
    json: `{"base","directory","isEmpty":BOOL,"filesRead":N,"record",${changes},${layer},"notes":[NOTE]}`,
    load: () => import('./commands/snapshot.ts'),
  },
  {
    name: 'commit',
    summary: 'Make what changed in a directory the next layer of an image.',
    description:
      'Compares ROOTFS with the image it was (--base), as snapshot does, and writes that image to DST with one more layer. The layers of the base stay as they are, byte for byte. Where nothing changed there is no layer, and the image stays as it is. The same directory gives the same image: no time of its own is written, unless --created or SOURCE_DATE_EPOCH says one.',
    examples: [
      {
        about: 'after changes in an unpacked image',
        command: 'holdfast commit --base debian:12 rootfs registry.example/app:1',
      },
      {
        about: 'with a word on what was done',
        command: 'holdfast commit --base oci:images:debian --history "apt-get install curl" rootfs oci:images:curl',
      },
    ],
    arguments: [{ name: 'ROOTFS', about: 'the directory' }, destination],
    required: ['base'],
    options: [
      ...(['base', 'compression', 'compressionLevel', 'setBaseImageAnnotations', 'created', 'history'] as const),
      ...(['ignore', 'exact', 'upper', 'platform', 'onConflict', 'hostXattrs', 'crossMounts', 'jobs'] as const),
      ...network,
      ...common,
      ...limits,
    ],
    json: `{"base","directory","isEmpty":BOOL,"filesRead":N,"record",${changes},${layer.replace(':', '?:')},"source","destination","sourceDigest","digest","mediaType","changed"?,"images":[{"platform","sourceDigest","digest","layers":[{"digest","size":N,"mediaType","diffId","origin"}]}],"blobs":{"copied":N,"existed":N,"mounted":N,"shared":N,"bytes":N},"notes":[NOTE]}`,
    load: () => import('./commands/commit.ts'),
  },
];
