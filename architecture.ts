/**
 * Which folder of `src/` may import which: the law of the code base.
 *
 * Nouns stand below, verbs above, the command line on top. A noun never imports a verb, nobody imports the CLI,
 * and another folder is only ever entered through its `index.ts`. `oxlint.config.ts` turns this table into lint rules.
 */
const nouns = [
  'base',
  'tar',
  'codec',
  'oci',
  'tree',
  'host',
  'pool',
  'http',
  'credentials',
  'registry',
  'store',
  'daemon',
  'layer',
  'image',
  'destination',
  'rootfs',
  'scan',
] as const;

export const folders: Readonly<Record<string, readonly string[]>> = {
  base: [],
  tar: ['base'],
  codec: ['base', 'host'],
  oci: ['base'],
  tree: ['base'],
  host: ['base'],
  pool: ['base'],
  http: ['base'],
  credentials: ['base', 'host'],
  registry: ['base', 'codec', 'oci', 'http', 'credentials'],
  store: ['base', 'codec', 'oci', 'host', 'pool'],
  daemon: ['base', 'oci'],
  layer: ['base', 'tar', 'codec', 'oci', 'tree', 'host', 'pool'],
  image: ['base', 'tar', 'codec', 'oci', 'host', 'pool', 'registry', 'store', 'daemon'],
  destination: ['base', 'tar', 'codec', 'oci', 'host', 'registry', 'store', 'daemon'],
  rootfs: ['base', 'oci', 'tree', 'layer', 'image'],
  scan: ['base', 'tree', 'host', 'pool'],
  inspect: [...nouns],
  unpack: [...nouns],
  export: [...nouns],
  transfer: [...nouns],
  serve: [...nouns],
  edit: [...nouns, 'transfer'],
  testing: [...nouns],
  cli: [...nouns, 'inspect', 'unpack', 'export', 'transfer', 'serve', 'edit'],
  demo: [...nouns, 'inspect', 'unpack', 'export', 'testing'],
};
