/** The command that copies paths into an image. */
import { type CommandSpec, common, limits, network } from './command-spec.ts';

const plan =
  '"plan":{"execution","dest","isDirectory":BOOL,"facts":[{"path","found","done","linkTarget"?}],"above":[{"path","mode","uid":N,"gid":N,"mtime","xattrs"?:{…}}]}';

export const cpCommands: readonly CommandSpec[] = [
  {
    name: 'cp',
    summary: 'Copy paths of any tree into an image.',
    description:
      'Writes the image of --into to --to with one more layer, which holds what SOURCE names in the tree of --from. The layers that are there stay as they are, byte for byte, and of the tree only the content of what is copied is read. A SOURCE is a path or a glob (*, ?, [a-z] within a name, ** for any number of directories); a symbolic link is followed, links below it stay links, and a directory gives what it holds. DEST is a directory if it ends in "/", is one, if there are several SOURCEs, or if one is a directory; what is missing is made. Hard links among what is copied stay hard links. Where both are indexes, each image gets what is there for its platform; of an index one image is copied into, unless --all is given. The plan in the JSON says how the copy was executed (reuse: the layers of the source serve as they are; merge: a layer that would be the same on any image with these facts; copy: a layer of what changed) and what that rests on; the tree that results never depends on it.',
    examples: [
      {
        about: 'a program from another image, where /bin may be a link to usr/bin',
        command: 'holdfast cp --from tools:1 --into debian:12 --to oci:images:debian /bin/tmate /bin/',
      },
      {
        about: 'what was built, for a user of the image, and not what describes it',
        command: 'holdfast cp --from ./build --into app:1 --to app:2 --chown app --exclude "**/*.map" / /srv/',
      },
      {
        about: 'files with the directories above them, and nothing may be replaced',
        command: 'holdfast cp --from tar:a.tar --into b:1 --to b:2 --on-conflict error --parents "etc/**/*.ini" /',
      },
    ],
    arguments: [
      { name: 'SOURCE', about: 'a path or glob in the tree of --from', isRepeated: true },
      { name: 'DEST', about: 'where to, from the root of the image on' },
    ],
    required: ['from', 'into', 'to'],
    options: [
      ...(['from', 'into', 'to', 'copyOnConflict', 'clear', 'copyExclude', 'parents', 'chown', 'chmod'] as const),
      ...(['atLayer', 'hostXattrs', 'setBaseImageAnnotations', 'compression', 'compressionLevel'] as const),
      ...(['all', 'platform', 'keepAttestations', 'created', 'history', 'jobs'] as const),
      ...network,
      ...common,
      ...limits,
    ],
    json: `{"from","source","destination","sourceDigest","digest","mediaType","changed"?,"images":[{"platform","sourceDigest","digest","layers":[{"digest","size":N,"mediaType","diffId","origin"}],${plan}}],"blobs":{"copied":N,"existed":N,"mounted":N,"shared":N,"bytes":N},"notes":[NOTE]}`,
    load: () => import('./commands/cp.ts'),
  },
];
