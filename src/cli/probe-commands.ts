/** Commands that tell of the tree that a program runs in. */
import { type CommandSpec, common, destination, image, limits, network } from './command-spec.ts';

export const probeCommands: readonly CommandSpec[] = [
  {
    name: 'probe',
    summary: "Serve this machine's tree, to be verified from elsewhere.",
    description:
      'Tells, over HTTP, what stands below --root: names, kinds, owners, modes, times, links, xattrs, and digests of files that are asked for; no content. Nothing can be written or run through it, no link is followed, and mounts are told and not entered. The token is in HOLDFAST_PROBE_TOKEN or --token-file, has 24 characters or more, and is wanted with every request; without one the probe does not start. One request is answered at a time. On another machine, with the same token, http(s)://HOST[:PORT] names this tree. It runs until Ctrl-C or SIGTERM ends it; the exit code is then 130 or 143. There is no encryption: put it behind what speaks https, or a tunnel. --print-find starts nothing; as JSON it gives the lines as listing, digests and reduced.',
    examples: [
      { about: 'for this machine', command: 'holdfast probe --token-file token' },
      { about: 'in a container', command: 'holdfast probe --addr 0.0.0.0:8080' },
      { about: 'from elsewhere', command: 'holdfast verify --token-file token app:1 https://app.example' },
      { about: 'where there is only a shell', command: 'holdfast probe --print-find' },
    ],
    arguments: [],
    options: [
      ...(['probeAddr', 'root', 'tokenFile', 'crossMounts', 'hostXattrs', 'writeTest'] as const),
      ...(['entriesPerSecond', 'bytesPerSecond', 'printFind'] as const),
      ...common,
    ],
    json: '{"url","host","port":N,"root","writeTest"?:{"directory","link":BOOL|null,"linkAfterWrite":BOOL|null,"xattrs":BOOL|null,"nanoseconds":BOOL|null,"errno"?}}, once it listens',
    load: () => import('./commands/probe.ts'),
  },
  {
    name: 'append-probe',
    summary: 'Put the probe into an image, to verify its containers.',
    description:
      "Writes IMAGE to DST with one more layer, all of it below /.holdfast: the probe as one file, and this machine's Node with its libraries where the image has no node of version 20 or newer on its PATH, or with --with-node. The layers below stay as they are, and so does the config unless --as-entrypoint is given, which makes the probe the entrypoint, listening at 0.0.0.0:$PORT (8080). Containers of DST are verified against DST, since the added files are in it. Of an index one platform is edited and becomes a single image, with --all every image. To find out whether there is a node, the layers of IMAGE are read.",
    examples: [
      {
        about: 'an image whose containers do nothing but answer',
        command: 'holdfast append-probe --as-entrypoint app:1 registry.example/app:1-probe',
      },
      {
        about: 'beside the service, to be started by hand',
        command: 'holdfast append-probe --with-node oci:images:app oci:images:app-probe',
      },
    ],
    arguments: [image, destination],
    options: [
      ...(['withNode', 'asEntrypoint', 'all', 'platform', 'keepAttestations', 'created', 'history'] as const),
      ...(['compression', 'compressionLevel', 'jobs'] as const),
      ...network,
      ...common,
      ...limits,
    ],
    json: '{"source","destination","sourceDigest","digest","mediaType","changed"?,"images":[{"platform","sourceDigest","digest","layers":[{"digest","size":N,"mediaType","diffId","origin"}]}],"blobs":{"copied":N,"existed":N,"mounted":N,"bytes":N},"starts":[{"platform","command":[WORD],"node","user"?}],"notes":[NOTE]}',
    load: () => import('./commands/append-probe.ts'),
  },
];
