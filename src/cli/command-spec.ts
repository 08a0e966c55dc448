/** What a command is described by, and the parts of that which many share. */
import type { CommandContext } from './command-context.ts';
import type { OptionName } from './option-table.ts';

/** `findings`: what was looked for is there, which is exit 3. `stopped`: a signal ended what has no other end. */
export type CommandOutcome = 'findings' | 'stopped' | void;

export interface CommandSpec {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly Example[];
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionName[];
  /** Those of the options that cannot be left out. */
  readonly required?: readonly OptionName[];
  /** What `--format json` prints: every key, those that may be missing with a question mark. */
  readonly json?: string;
  /** The command's own module is loaded when the command runs, not before. */
  readonly load: () => Promise<{ readonly run: (context: CommandContext) => Promise<CommandOutcome> }>;
}

export interface Example {
  readonly about: string;
  readonly command: string;
}

export interface ArgumentSpec {
  readonly name: string;
  readonly about: string;
  readonly isOptional?: true;
  /** One or more of them; one argument of a command at most. */
  readonly isRepeated?: true;
}

/** Every command has these. */
export const common = ['format', 'progress', 'quiet', 'debug'] as const satisfies readonly OptionName[];
/** For commands that may speak to a registry. */
export const network = ['insecure', 'authfile', 'registryMirror'] as const satisfies readonly OptionName[];
export const limits = ['maxEntries', 'maxDepth', 'maxHeader', 'maxXattrs', 'maxSize', 'maxRatio'] as const;
export const merging = ['platform', 'atLayer', 'onConflict', 'jobs'] as const satisfies readonly OptionName[];

export const image: ArgumentSpec = {
  name: 'IMAGE',
  about:
    '[docker://][HOST/]NAME[:TAG][@DIGEST], oci:DIR[:TAG], oci:DIR@DIGEST, oci-archive:FILE[:TAG], docker-archive:FILE[:NAME:TAG] or docker-daemon:NAME[:TAG]; FILE may be -, stdin',
};

export const destination: ArgumentSpec = {
  name: 'DST',
  about:
    '[docker://][HOST/]NAME[:TAG], oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME:TAG] or docker-daemon:NAME[:TAG]; FILE may be -, stdout',
};
