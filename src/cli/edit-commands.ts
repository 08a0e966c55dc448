/** Commands that make images of images. */
import { type ArgumentSpec, type CommandSpec, common, destination, image, limits, network } from './command-spec.ts';

const source: ArgumentSpec = { ...image, about: `${image.about}; or scratch, the image that has nothing` };
const editing = ['all', 'platform', 'keepAttestations', 'created', 'history', 'jobs'] as const;
const json =
  '{"source","destination","sourceDigest","digest","mediaType","changed"?,"images":[{"platform","sourceDigest","digest","layers":[{"digest","size":N,"mediaType","diffId","origin"}]}],"blobs":{"copied":N,"existed":N,"mounted":N,"shared":N,"bytes":N},"notes":[NOTE]}';
const whole =
  'Of an index one platform is edited and becomes a single image, with --all every image, and the index stays one; with --all and --platform only those images. Attestations of images that change are left out, unless --keep-attestations is given.';

export const editCommands: readonly CommandSpec[] = [
  {
    name: 'mutate',
    summary: 'Change what an image says of itself.',
    description: `Writes IMAGE to DST with other labels, annotations, environment and other settings. The layers stay as they are, byte for byte, and so does whatever is not asked to change; an image that says it all already keeps its digest. What changes the config adds a step to its history. With --compression or --compression-level, layers that are not compressed so are compressed anew, all of them where there is a level; what they hold stays, DiffIDs included. ${whole}`,
    examples: [
      {
        about: 'labels and environment',
        command: 'holdfast mutate --label team=a --env LANG=C.UTF-8 --unset-env DEBUG app:1 registry.example/app:1',
      },
      {
        about: 'another command, in every image of an index',
        command: 'holdfast mutate --all --cmd \'["/app", "--serve"]\' oci:images:app oci:images:app',
      },
      {
        about: 'every layer compressed with zstd',
        command: 'holdfast mutate --compression zstd app:1 oci:images:small',
      },
    ],
    arguments: [source, destination],
    options: [
      ...(['label', 'unsetLabel', 'annotation', 'unsetAnnotation', 'env', 'unsetEnv', 'cmd', 'entrypoint'] as const),
      ...(['user', 'workdir', 'port', 'unsetPort', 'volume', 'unsetVolume', 'stopSignal', 'setPlatform'] as const),
      ...(['mutateCompression', 'mutateCompressionLevel'] as const),
      ...editing,
      ...network,
      ...common,
      ...limits,
    ],
    json,
    load: () => import('./commands/mutate.ts'),
  },
  {
    name: 'append',
    summary: 'Put layers on an image.',
    description: `Writes IMAGE to DST with each --new-layer on top, the last one uppermost. A tar archive is checked as a layer would be and kept as it is, byte for byte, unless --compression or --compression-level is given; of a directory everything in it becomes a layer, links, owners and times as they are, but not the directory itself. The layers of IMAGE stay as they are, and none of them is read; an IMAGE of scratch has none. ${whole}`,
    examples: [
      {
        about: 'an application on a base, for every platform',
        command: 'holdfast append --all --new-layer app.tar.gz debian:12 registry.example/app:1',
      },
      {
        about: 'an image of two layers only',
        command: 'holdfast append --new-layer root.tar --new-layer etc/ scratch oci:images:app',
      },
      {
        about: 'what another program makes',
        command: 'tar -c app | holdfast append --new-layer - --compression zstd debian:12 oci:images:app',
      },
    ],
    arguments: [source, destination],
    options: [
      ...(['layerPaths', 'setBaseImageAnnotations', 'compression', 'compressionLevel'] as const),
      ...editing,
      ...network,
      ...common,
      ...limits,
    ],
    json,
    load: () => import('./commands/append.ts'),
  },
  {
    name: 'rebase',
    summary: 'Put the layers of an image on another base.',
    description: `Writes IMAGE to DST with the layers of --new-base instead of those of --old-base. The old base is found in the annotations of IMAGE (org.opencontainers.image.base.name and .digest) unless it is named, and the new one is what that name is now; the layers of the old base must be the lowest ones of IMAGE, by digest or DiffID. No layer is read or written. Settings stay those of IMAGE, its history goes on from that of the new base, its annotations name the new base, and layers get the media types of its manifest. Whether the layers suit the new base is not tried. ${whole}`,
    examples: [
      {
        about: 'after a fix in the base',
        command: 'holdfast rebase --old-base debian:12.1 --new-base debian:12.2 app:1 registry.example/app:1',
      },
      {
        about: 'every platform, with what the annotations say',
        command: 'holdfast rebase --all app:1 registry.example/app:1',
      },
    ],
    arguments: [source, destination],
    options: ['oldBase', 'newBase', ...editing, ...network, ...common, ...limits],
    json,
    load: () => import('./commands/rebase.ts'),
  },
  {
    name: 'flatten',
    summary: 'Merge layers of an image into one.',
    description: `Writes IMAGE to DST with its layers merged into one: all of them, those from --from-layer on, or the --last ones. The layers below stay as they are, byte for byte, and so does the tree, every link included. The new layer has the same bytes on any machine; what one merged layer removed from another is gone from it, and layers that come to nothing leave none. Steps of the history whose layers are merged stay as steps without one. ${whole}`,
    examples: [
      { about: 'every layer', command: 'holdfast flatten app:1 oci:images:flat' },
      {
        about: 'what was put on a base of two layers, for every platform',
        command: 'holdfast flatten --all --from-layer 3 app:1 registry.example/app:squashed',
      },
      {
        about: 'the last two, compressed harder',
        command: 'holdfast flatten --last 2 --compression zstd --compression-level 15 app:1 oci:small',
      },
    ],
    arguments: [source, destination],
    options: ['fromLayer', 'last', 'compression', 'compressionLevel', ...editing, ...network, ...common, ...limits],
    json,
    load: () => import('./commands/flatten.ts'),
  },
];
