/** The options of commands that speak to registries, serve, or keep the local store. */
import type { OptionSpec } from './option-spec.ts';
import { parseCount } from './parse-values.ts';

type NetworkOption =
  | 'insecure'
  | 'authfile'
  | 'registryMirror'
  | 'all'
  | 'referrers'
  | 'artifactType'
  | 'username'
  | 'password'
  | 'passwordStdin'
  | 'addr'
  | 'htpasswd'
  | 'token'
  | 'tlsCert'
  | 'tlsKey'
  | 'readOnly'
  | 'unusedFor'
  | 'dryRun'
  | 'repair';

export const networkOptions: Readonly<Record<NetworkOption, OptionSpec>> = {
  insecure: {
    long: 'insecure',
    about:
      'Do not check the certificates of the registries that this command line names, and use http where they have no https. Registries on this machine need no flag.',
  },
  authfile: {
    long: 'authfile',
    about: 'Take credentials from this file only.',
    value: { name: 'FILE', parse: String, shown: 'those of Docker and Podman' },
  },
  registryMirror: {
    long: 'registry-mirror',
    about: 'Pull from here first; a mirror of Docker Hub unless a registry is named.',
    value: { name: '[REGISTRY=]URL', parse: String, fallback: [], repeatable: true },
  },
  all: { long: 'all', about: 'The whole index instead of one image of it.' },
  referrers: { long: 'referrers', about: 'Also what refers to the image: signatures, attestations, SBOMs.' },
  artifactType: {
    long: 'artifact-type',
    about: 'Only referrers of this type.',
    value: { name: 'TYPE', parse: String },
  },
  username: { short: 'u', long: 'username', about: 'Who logs in.', value: { name: 'USER', parse: String } },
  password: {
    short: 'p',
    long: 'password',
    about: 'The password or token; others can see it in the list of processes, so rather use --password-stdin.',
    value: { name: 'PASSWORD', parse: String },
  },
  passwordStdin: { long: 'password-stdin', about: 'Read the password or token from stdin.' },
  addr: {
    long: 'addr',
    about: 'Where to listen; port 0 takes any that is free.',
    value: { name: 'HOST:PORT', parse: String, fallback: '127.0.0.1:5000', shown: '127.0.0.1:5000' },
  },
  htpasswd: {
    long: 'htpasswd',
    about: 'Let in only the users of this file (bcrypt, as htpasswd -B makes it).',
    value: { name: 'FILE', parse: String },
  },
  token: { long: 'token', about: 'Let in only who brings this bearer token.', value: { name: 'TOKEN', parse: String } },
  tlsCert: {
    long: 'tls-cert',
    about: 'Serve https with this certificate chain (PEM).',
    value: { name: 'FILE', parse: String },
  },
  tlsKey: { long: 'tls-key', about: 'The key of --tls-cert (PEM).', value: { name: 'FILE', parse: String } },
  readOnly: { long: 'read-only', about: 'Let nobody push or delete.' },
  unusedFor: {
    long: 'unused-for',
    about: 'Days without use after which an image or blob is removed.',
    value: { name: 'DAYS', parse: (text) => parseCount(text, 0), fallback: 30, shown: '30' },
  },
  dryRun: { long: 'dry-run', about: 'Say what would be removed, and remove nothing.' },
  repair: { long: 'repair', about: 'Remove damaged blobs and entries that lead to nothing.' },
};
