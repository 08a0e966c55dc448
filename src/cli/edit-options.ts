/** The options of commands that make images of images. */
import type { OptionSpec, ValueSpec } from './option-spec.ts';
import { parseChoice, parseCount } from './parse-values.ts';

export const compressions = ['gzip', 'zstd', 'none'] as const;

/** What a command gets of them. */
export interface EditValues {
  readonly keepAttestations: boolean;
  readonly created?: string;
  readonly history?: string;
  readonly label: readonly string[];
  readonly unsetLabel: readonly string[];
  readonly annotation: readonly string[];
  readonly unsetAnnotation: readonly string[];
  readonly env: readonly string[];
  readonly unsetEnv: readonly string[];
  readonly cmd?: string;
  readonly entrypoint?: string;
  readonly user?: string;
  readonly workdir?: string;
  readonly stopSignal?: string;
  readonly port: readonly string[];
  readonly unsetPort: readonly string[];
  readonly volume: readonly string[];
  readonly unsetVolume: readonly string[];
  readonly setPlatform?: string;
  readonly compression?: (typeof compressions)[number];
  readonly compressionLevel?: number;
  readonly mutateCompression?: (typeof compressions)[number];
  readonly mutateCompressionLevel?: number;
  readonly fromLayer?: number;
  readonly last?: number;
  readonly layerPaths: readonly string[];
  readonly setBaseImageAnnotations: boolean;
  readonly oldBase?: string;
  readonly newBase?: string;
}

export const editOptions: Readonly<Record<keyof EditValues, OptionSpec>> = {
  keepAttestations: {
    long: 'keep-attestations',
    about: 'Keep attestations of images that change; they say what was true of the image before.',
  },
  created: {
    long: 'created',
    about: 'When the image was made (RFC 3339); SOURCE_DATE_EPOCH means the same.',
    value: { name: 'TIME', parse: String, shown: 'what the image says' },
  },
  history: {
    long: 'history',
    about: 'What the history says was done.',
    value: { name: 'TEXT', parse: String, shown: 'the command' },
  },
  label: many('label', 'Set a label.', 'NAME=VALUE'),
  unsetLabel: many('unset-label', 'Remove a label.', 'NAME'),
  annotation: many('annotation', 'Set an annotation, with --all of the index too.', 'NAME=VALUE'),
  unsetAnnotation: many('unset-annotation', 'Remove an annotation, with --all of the index too.', 'NAME'),
  env: many('env', 'Set an environment variable.', 'NAME=VALUE'),
  unsetEnv: many('unset-env', 'Remove an environment variable.', 'NAME'),
  cmd: one(
    'cmd',
    'The command: a JSON array, or words that are split as a shell would; no shell runs them. "" is none.',
    'WORDS',
  ),
  entrypoint: one(
    'entrypoint',
    'The entrypoint, written as --cmd. Removes the command unless --cmd is given too.',
    'WORDS',
  ),
  user: one('user', 'The user; "" is none, as with all of these.', 'USER[:GROUP]'),
  workdir: one('workdir', 'The working directory.', 'PATH'),
  stopSignal: one('stop-signal', 'The signal that ends a container.', 'SIGNAL'),
  port: many('port', 'Add a port that is listened on.', 'PORT[/tcp|udp|sctp]'),
  unsetPort: many('unset-port', 'Remove a port.', 'PORT[/tcp|udp|sctp]'),
  volume: many('volume', 'Add a volume.', 'PATH'),
  unsetVolume: many('unset-volume', 'Remove a volume.', 'PATH'),
  setPlatform: one('set-platform', 'Say that the image is for this platform.', 'OS/ARCH[/VARIANT]'),
  compression: {
    long: 'compression',
    about: 'How layers that are written are compressed.',
    value: compressionValue('as they were; new ones gzip'),
  },
  compressionLevel: {
    long: 'compression-level',
    about: '1 to 9 for gzip, 1 to 19 for zstd.',
    value: { name: 'N', parse: (text) => parseCount(text), shown: '6, or 3 for zstd' },
  },
  mutateCompression: {
    long: 'compression',
    variable: 'HOLDFAST_MUTATE_COMPRESSION',
    about: 'Compress layers anew that are not compressed so.',
    value: compressionValue('as they are'),
  },
  mutateCompressionLevel: {
    long: 'compression-level',
    variable: 'HOLDFAST_MUTATE_COMPRESSION_LEVEL',
    about: 'Compress every layer anew: 1 to 9 for gzip, 1 to 19 for zstd.',
    value: { name: 'N', parse: (text) => parseCount(text), shown: '6, or 3 for zstd' },
  },
  fromLayer: {
    long: 'from-layer',
    about: 'Merge layer N and all above it.',
    value: { name: 'N', parse: (text) => parseCount(text), shown: '1' },
  },
  last: {
    long: 'last',
    about: 'Merge the N layers at the top.',
    value: { name: 'N', parse: (text) => parseCount(text) },
  },
  layerPaths: many('new-layer', 'With append: a tar archive, plain or compressed, or a directory; - is stdin.', 'PATH'),
  setBaseImageAnnotations: {
    long: 'set-base-image-annotations',
    about: 'Say in the annotations what the image was before, for rebase.',
  },
  oldBase: {
    long: 'old-base',
    about: 'What the image was built on.',
    value: { name: 'IMAGE', parse: String, shown: 'what its annotations say' },
  },
  newBase: {
    long: 'new-base',
    about: 'What it is to stand on.',
    value: { name: 'IMAGE', parse: String, shown: 'what that name is now' },
  },
};

function compressionValue(shown: string): ValueSpec {
  return { name: compressions.join('|'), parse: (text) => parseChoice(text, compressions), shown };
}

function one(long: string, about: string, name: string): OptionSpec {
  return { long, about, value: { name, parse: String } };
}

function many(long: string, about: string, name: string): OptionSpec {
  return { long, about, value: { name, parse: String, fallback: [], repeatable: true } };
}
