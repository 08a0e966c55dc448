/**
 * Which folder of `src/` may import which: the law of the code base.
 *
 * Nouns stand below, verbs above, the command line on top. A noun never imports a verb, nobody imports the CLI,
 * and another folder is only ever entered through its `index.ts`. `oxlint.config.ts` turns this table into lint rules.
 */
const nouns = ['base', 'tar', 'codec', 'oci', 'tree', 'host', 'pool', 'layer', 'image', 'rootfs'] as const;

export const folders: Readonly<Record<string, readonly string[]>> = {
  base: [],
  tar: ['base'],
  codec: ['base', 'host'],
  oci: ['base'],
  tree: ['base'],
  host: ['base'],
  pool: ['base'],
  layer: ['base', 'tar', 'codec', 'oci', 'tree', 'host', 'pool'],
  image: ['base', 'tar', 'codec', 'oci', 'host'],
  rootfs: ['base', 'oci', 'tree', 'layer', 'image'],
  inspect: [...nouns],
  unpack: [...nouns],
  export: [...nouns],
  testing: [...nouns],
  cli: [...nouns, 'inspect', 'unpack', 'export'],
  demo: [...nouns, 'inspect', 'unpack', 'export', 'testing'],
};
