/** The command that lays trees over each other. */
import { type CommandSpec, common, image, limits, network } from './command-spec.ts';

export const mergeCommands: readonly CommandSpec[] = [
  {
    name: 'merge',
    summary: 'Lay trees over each other as one image.',
    description:
      "Writes an image with the layers of every TREE, the first at the bottom. Layers of images are not read and stay as they are, byte for byte; layer:FILE is one layer as it is, whiteouts included; any other tree is written as one layer, its root directory included. The result is what unpacking the layers one after the other gives, so that what a later layer removes is gone, and no hard link is ever formed between two TREEs. Config and platform are those of the first TREE; where that is no image, the config is empty and the platform this machine's or that of --platform. Of an index the image for that platform is taken; with --all, which takes the first TREE to be an index, every image of it is merged with what the others have for its platform. Blobs that the destination has are not touched, and those of a layout on the same file system as an oci: destination are cloned or hard-linked there instead of copied.",
    examples: [
      { about: 'two images', command: 'holdfast merge debian:12 tools:1 --to registry.example/debian-tools:1' },
      {
        about: 'a layer that diff or snapshot wrote, whatever it removes included',
        command: 'holdfast merge oci:images:app layer:changes.tar --to oci:images:app',
      },
      {
        about: "images that must not touch each other's files",
        command: 'holdfast merge --on-conflict error base:1 python:1 jdk:1 --to oci:images:all',
      },
      { about: 'an image of a directory', command: 'holdfast merge ./rootfs --to oci:images:mine' },
    ],
    arguments: [
      {
        name: 'TREE',
        about: `an image, layer:FILE, rootfs:DIR, tar:FILE, docker:CONTAINER, podman:CONTAINER, or a path that begins with "/" or "."; images are ${image.about}`,
        isRepeated: true,
      },
    ],
    required: ['to'],
    options: [
      ...(['to', 'mergeOnConflict', 'all', 'platform', 'keepAttestations', 'created', 'history'] as const),
      ...(['compression', 'compressionLevel', 'jobs'] as const),
      ...network,
      ...common,
      ...limits,
    ],
    json: '{"inputs":[…],"destination","digest","mediaType","changed"?,"images":[{"platform","digest","inputs":[{"reference","kind","digest","layers":N}],"layers":[{"digest","size":N,"mediaType","diffId","origin","input":N,"outcome"?}]}],"blobs":{"copied":N,"existed":N,"mounted":N,"shared":N,"bytes":N},"notes":[NOTE]}',
    load: () => import('./commands/merge.ts'),
  },
];
