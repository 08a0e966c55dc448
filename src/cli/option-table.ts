/** Every option, once: the parser, the environment, the help texts and docs/cli.md are made from this table. */
import { defaultLimits } from '../base/index.ts';
import type { IdMap } from '../host/index.ts';
import type { OnConflict } from '../tree/index.ts';
import { auditOptions, type AuditValues } from './audit-options.ts';
import { cpOptions, type CpValues } from './cp-options.ts';
import { editOptions, type EditValues } from './edit-options.ts';
import { fixOptions, type FixValues } from './fix-options.ts';
import { mergeOptions, type MergeValues } from './merge-options.ts';
import { networkOptions } from './network-options.ts';
import type { OptionSpec, ValueSpec } from './option-spec.ts';
import { parseBytes, parseChoice, parseCount, parseIdRange } from './parse-values.ts';
import { probeOptions, type ProbeValues } from './probe-options.ts';
import { snapshotOptions, type SnapshotValues } from './snapshot-options.ts';
import { verifyOptions, type VerifyValues } from './verify-options.ts';

export const formats = ['text', 'json'] as const;
export const progressModes = ['auto', 'tty', 'plain', 'json', 'none'] as const;
export type ProgressMode = (typeof progressModes)[number];

/** What a command gets. An option that a command does not have keeps its default. */
export interface OptionValues
  extends AuditValues, CpValues, EditValues, FixValues, SnapshotValues, VerifyValues, MergeValues, ProbeValues {
  readonly platform?: string;
  readonly format: (typeof formats)[number];
  readonly progress: ProgressMode;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly jobs?: number;
  readonly allowLossy: boolean;
  readonly onConflict: OnConflict;
  readonly atLayer?: number;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly uidMap: IdMap;
  readonly gidMap: IdMap;
  readonly hostXattrs: boolean;
  readonly noRecord: boolean;
  readonly overlay: boolean;
  readonly output?: string;
  readonly long: boolean;
  readonly recursive: boolean;
  readonly null: boolean;
  readonly layer?: number;
  readonly insecure: boolean;
  readonly authfile?: string;
  readonly registryMirror: readonly string[];
  readonly all: boolean;
  readonly referrers: boolean;
  readonly artifactType?: string;
  readonly username?: string;
  readonly password?: string;
  readonly passwordStdin: boolean;
  readonly addr: string;
  readonly htpasswd?: string;
  readonly token?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly readOnly: boolean;
  readonly unusedFor: number;
  readonly dryRun: boolean;
  readonly repair: boolean;
  readonly maxEntries: number;
  readonly maxDepth: number;
  readonly maxHeader: number;
  readonly maxXattrs: number;
  readonly maxSize: number;
  readonly maxRatio: number;
}

export type { OptionSpec, ValueSpec } from './option-spec.ts';

export type OptionName = keyof OptionValues;

export const optionTable: Readonly<Record<OptionName, OptionSpec>> = {
  platform: {
    long: 'platform',
    about:
      'Choose this image of an index; a single image of another platform is refused. copy --all takes several, separated by commas.',
    value: { name: 'OS/ARCH[/VARIANT]', parse: String, shown: "this machine's" },
  },
  format: {
    long: 'format',
    about: 'Form of the result on stdout.',
    value: choice('text|json', formats, 'text'),
  },
  progress: {
    long: 'progress',
    about: 'Form of the progress on stderr. auto: tty on a terminal outside of CI, else plain.',
    value: choice('MODE', progressModes, 'auto'),
  },
  quiet: { short: 'q', long: 'quiet', about: 'Print only the digest or path, if there is one; no progress, no notes.' },
  debug: { long: 'debug', about: 'Print requests and their answers, and the stack trace of an error.' },
  jobs: {
    long: 'jobs',
    about: 'Layers to read at a time, or blobs to copy.',
    value: { name: 'N', parse: (text) => parseCount(text), shown: 'twice the processors, 4 blobs' },
  },
  allowLossy: {
    long: 'allow-lossy',
    about: 'Unpack although the target cannot hold everything exactly; the result lists what is lost.',
  },
  onConflict: {
    long: 'on-conflict',
    about:
      'Where the parent of an entry is no directory: replace it, follow a symbolic link of a lower layer, or refuse the image (error).',
    value: choice('MODE', ['replace', 'follow', 'error'], 'replace'),
  },
  atLayer: {
    long: 'at-layer',
    about: 'The state after the first N layers.',
    value: { name: 'N', parse: (text) => parseCount(text, 0), shown: 'all' },
  },
  include: {
    long: 'include',
    about: 'Only paths that match, with what is below them.',
    value: { name: 'GLOB', parse: String, fallback: [], repeatable: true },
  },
  exclude: {
    long: 'exclude',
    about: 'Leave out paths that match, with what is below them.',
    value: { name: 'GLOB', parse: String, fallback: [], repeatable: true },
  },
  uidMap: {
    long: 'uid-map',
    about: 'Users on disk for users of the image.',
    value: { name: 'IMAGE:HOST:SIZE', parse: parseIdRange, fallback: [], repeatable: true },
  },
  gidMap: {
    long: 'gid-map',
    about: 'Groups on disk for groups of the image.',
    value: { name: 'IMAGE:HOST:SIZE', parse: parseIdRange, fallback: [], repeatable: true },
  },
  hostXattrs: {
    long: 'host-xattrs',
    about: "Set, or look at, xattrs of the host's own policy too, such as security.selinux.",
  },
  overlay: {
    long: 'overlay',
    about:
      'Mount an overlay at DIR, so that changes are kept apart; its directories are in .NAME.holdfast-overlay beside it.',
  },
  noRecord: { long: 'no-record', about: 'Write no unpack record (.NAME.holdfast) beside the directory.' },
  output: {
    short: 'o',
    long: 'output',
    about: 'Write to this file, which appears complete or not at all; - is stdout.',
    value: { name: 'FILE', parse: String, shown: 'stdout' },
  },
  long: { short: 'l', long: 'long', about: 'Mode, links, owner, size and time (UTC) as well.' },
  recursive: { short: 'R', long: 'recursive', about: 'Everything below a directory.' },
  null: { long: 'null', about: 'End each line with NUL and print names as they are, unescaped.' },
  layer: {
    long: 'layer',
    about: 'What layer N itself holds, whiteouts included, instead of the merged tree.',
    value: { name: 'N', parse: (text) => parseCount(text) },
  },
  ...networkOptions,
  ...cpOptions,
  ...mergeOptions,
  ...editOptions,
  ...fixOptions,
  ...snapshotOptions,
  ...probeOptions,
  ...verifyOptions,
  ...auditOptions,
  maxEntries: limit('max-entries', 'Entries of one image.', parseCount, defaultLimits.maxEntries, '5000000'),
  maxDepth: limit('max-depth', 'Components of one path.', parseCount, defaultLimits.maxDepth, '1024'),
  maxHeader: limit(
    'max-header',
    'Bytes of extension headers of one entry.',
    parseBytes,
    defaultLimits.maxHeaderBytes,
    '1MiB',
  ),
  maxXattrs: limit('max-xattrs', 'Bytes of xattrs of one inode.', parseBytes, defaultLimits.maxXattrBytes, '1MiB'),
  maxSize: limit('max-size', 'Uncompressed bytes of one image.', parseBytes, defaultLimits.maxSizeBytes, '1TiB'),
  maxRatio: limit(
    'max-ratio',
    'Uncompressed bytes per stored byte, once a layer has given 8 GiB.',
    parseCount,
    defaultLimits.maxRatio,
    '200',
  ),
};

/** The variable of the environment that stands for an option. */
export function environmentName({ long, variable }: OptionSpec): string {
  return variable ?? `HOLDFAST_${long.toUpperCase().replaceAll('-', '_')}`;
}

/** An option as it is typed, such as `-o, --output FILE`. */
export function optionFlags({ short, long, value }: OptionSpec): string {
  return `${short === undefined ? '' : `-${short}, `}--${long}${value === undefined ? '' : ` ${value.name}`}`;
}

function choice<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): ValueSpec {
  const shown = name.includes('|') ? name : choices.join('|');
  return { name: shown, parse: (text) => parseChoice(text, choices), fallback, shown: fallback };
}

function limit(
  long: string,
  about: string,
  parse: (text: string) => number,
  ...[fallback, shown]: readonly [number, string]
): OptionSpec {
  const name = parse === parseBytes ? 'SIZE' : 'N';
  return { long, about, value: { name, parse: (text) => parse(text), fallback, shown } };
}
