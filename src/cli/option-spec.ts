/** What an option is described by. */

export interface OptionSpec {
  /** One letter, without the dash. */
  readonly short?: string;
  /** Without the dashes. */
  readonly long: string;
  readonly about: string;
  /** In the environment, where the name that follows from `long` belongs to what other commands mean by it. */
  readonly variable?: string;
  /** Absent for a switch. */
  readonly value?: ValueSpec;
}

export interface ValueSpec {
  /** In help texts, such as FILE. */
  readonly name: string;
  /** @throws USAGE */
  readonly parse: (text: string) => unknown;
  readonly fallback?: unknown;
  /** The default, for a person. */
  readonly shown?: string;
  readonly repeatable?: true;
}
