/** The options of probes, and of who asks them. */
import type { OptionSpec } from './option-spec.ts';
import { parseBytes, parseCount } from './parse-values.ts';

/** What a command gets of them. */
export interface ProbeValues {
  readonly probeAddr: string;
  readonly root: string;
  readonly tokenFile?: string;
  readonly crossMounts: boolean;
  readonly writeTest?: string;
  readonly printFind: boolean;
  readonly entriesPerSecond?: number;
  readonly bytesPerSecond?: number;
  readonly withNode: boolean;
  readonly asEntrypoint: boolean;
}

export const probeOptions: Readonly<Record<keyof ProbeValues, OptionSpec>> = {
  probeAddr: {
    long: 'addr',
    variable: 'HOLDFAST_PROBE_ADDR',
    about: 'Where to listen; port 0 takes any that is free.',
    value: { name: 'HOST:PORT', parse: String, fallback: '127.0.0.1:8080', shown: '127.0.0.1:8080' },
  },
  root: {
    long: 'root',
    about: 'The directory whose tree is told; nothing outside of it is.',
    value: { name: 'DIR', parse: String, fallback: '/', shown: '/' },
  },
  tokenFile: {
    long: 'token-file',
    about: 'Take the token of the probe from this file.',
    value: { name: 'FILE', parse: String, shown: 'HOLDFAST_PROBE_TOKEN of the environment' },
  },
  crossMounts: { long: 'cross-mounts', about: 'Go on where something is mounted, too.' },
  writeTest: {
    long: 'write-test',
    about:
      'Try, in a directory of its own below DIR, whether links, xattrs and times are kept by what is written there, and tell it.',
    value: { name: 'DIR', parse: String },
  },
  printFind: {
    long: 'print-find',
    about: 'Print the lines that list a tree where only a shell is to be had, for find:FILE, and do nothing else.',
  },
  entriesPerSecond: {
    long: 'entries-per-second',
    about: 'Look at no more names than this.',
    value: { name: 'N', parse: (text) => parseCount(text), shown: '50000' },
  },
  bytesPerSecond: {
    long: 'bytes-per-second',
    about: 'Read no more content than this.',
    value: { name: 'SIZE', parse: parseBytes, shown: '256MiB' },
  },
  withNode: {
    long: 'with-node',
    about: "Put this machine's Node into the image although it has one; where it has none, that is done in any case.",
  },
  asEntrypoint: { long: 'as-entrypoint', about: 'Make the probe what containers of the image run.' },
};
