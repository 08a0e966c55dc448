/** The command that looks for what will go wrong. */
import { type CommandSpec, common, image, limits, network } from './command-spec.ts';

const finding =
  '{"rule","severity","image","platform","digest","layer":N,"paths":[PATH],"message","remedy","bytes"?:N,"fingerprint"}';
const audited = '{"image","platform","digest","layers":N,"entries":N,"bytes":N,"bytesAsCopies":N}';

export const auditCommands: readonly CommandSpec[] = [
  {
    name: 'audit',
    summary: 'Find what will go wrong with images before it does.',
    description:
      'Looks for the hazards of docs/hazards: what is wrong in an image (P…), and what makes certain programs go wrong with it (C…), which is a note unless --target names them. It works on the indexes of layers, so that a layer that was read once is never read again, and takes layers that no program can unpack. Of an index every image is looked at, unless --platform is given. It also says what the files weigh, and what they would weigh if every hard link became a copy. The exit code is 3 where there is an error (--fail-on).',
    examples: [
      { about: 'an image, all of its platforms', command: 'holdfast audit debian:12' },
      { about: 'will it run there?', command: 'holdfast audit --target cloud-run --target docker-29.7 app:1' },
      { about: 'what is P01?', command: 'holdfast audit --explain P01' },
      {
        about: 'in CI: new findings only, for the code host',
        command: 'holdfast audit --baseline known.json --fail-on warning --format sarif app:1 > audit.sarif',
      },
    ],
    arguments: [{ ...image, isOptional: true, isRepeated: true }],
    options: [
      ...(['failOn', 'target', 'content', 'explain', 'baseline', 'writeBaseline'] as const),
      ...(['platform', 'jobs'] as const),
      ...network,
      'reportFormat',
      ...common.filter((name) => name !== 'format'),
      ...limits,
    ],
    json: `{"findings":[${finding}],"images":[${audited}],"skipped":[{"image","digest","reason"}],"counts":{"error":N,"warning":N,"note":N},"known":N}`,
    load: () => import('./commands/audit.ts'),
  },
];
