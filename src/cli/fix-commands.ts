/** The command that repairs images. */
import { type CommandSpec, common, destination, image, limits, network } from './command-spec.ts';

export const fixCommands: readonly CommandSpec[] = [
  {
    name: 'fix',
    summary: 'Repair the layers of an image that other programs get wrong.',
    description:
      'Writes IMAGE to DST with those layers written anew that need it; all others stay as they are, byte for byte, and an image that needs nothing keeps its digest. Repaired are hard links with absolute targets (P01) or to other links (P09), parent directories that a layer does not list and runtimes would make anew (P12, P29), names that a layer has several times (P26), links to lower layers (P27), headers of links that say other attributes (P32), whiteouts that runtimes take in different ways (P16, P28), and names behind links of the same layer (C30). Where single entries can be said better, all else in a layer stays as it stands; otherwise the layer is written anew. Each is read back, and DST is only written once the tree is found to be the same, every byte and link of it. What a link is to that comes before its target (P23) or is to itself (P25), and with --rule P02 or P08 which links were lost, is decided and listed: that needs --accept. What was done stands in the annotations of the manifest. Of an index one platform is repaired and becomes a single image, with --all every image, and the index stays one. Attestations of images that change are left out, unless --keep-attestations is given.',
    examples: [
      {
        about: 'whatever can be repaired',
        command: 'holdfast fix --all registry.example/app:1 registry.example/app:1',
      },
      { about: 'what would be done, with all digests', command: 'holdfast fix --dry-run app:1 oci:images:app' },
      {
        about: 'absolute targets of hard links only, as kaniko wrote them',
        command: 'holdfast fix --rule P01 app:1 app:2',
      },
      { about: 'for a runtime that breaks hard links', command: 'holdfast fix --delink app:1 app:1-nolinks' },
    ],
    arguments: [image, destination],
    options: [
      ...(['fixRules', 'delink', 'delinkAs', 'accept', 'fixDryRun'] as const),
      ...(['all', 'platform', 'keepAttestations', 'compression', 'compressionLevel', 'jobs'] as const),
      ...network,
      ...common,
      ...limits,
    ],
    json: '{"source","destination","sourceDigest","digest","mediaType","changed"?,"dryRun":BOOL,"digests":[{"what":"layer|manifest|index","from","to"}],"images":[{"platform","sourceDigest","digest","layers":[{"digest","size":N,"mediaType","diffId","origin"}],"repairs":[{"layer":N,"kind":"amended|rewritten","from","to","fromDiffId","toDiffId","sizeBefore":N,"sizeAfter":N,"rules":[{"rule","count":N,"paths":[PATH]}]}],"decisions":[{"rule","layer":N,"what":"bound|dropped|linked","path","target"}],"delinked"?:{"groups":[[PATH]],"bytesBefore":N,"bytesAfter":N}}],"blobs":{"copied":N,"existed":N,"mounted":N,"shared":N,"bytes":N},"notes":[NOTE]}',
    load: () => import('./commands/fix.ts'),
  },
];
