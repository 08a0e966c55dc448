/** The shape of one catalogue row. */

/** Exit codes of the command line, by meaning. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  findings: 3,
  notFound: 4,
  authentication: 5,
  network: 6,
  image: 7,
  host: 8,
  store: 9,
  build: 10,
  bug: 70,
  interrupted: 130,
} as const;

export type ExitMeaning = keyof typeof exitCodes;

/** One kind of failure: everything a person or a program is told about it comes from here. */
export interface ErrorDefinition<Data> {
  readonly exit: ExitMeaning;
  /** What it means, for docs/errors.md. */
  readonly about: string;
  readonly message: (data: Data) => string;
  readonly hint?: string | ((data: Data) => string | undefined);
}

/** Names the data type of a row and leaves the rest to inference. */
export function define<Data>(definition: ErrorDefinition<Data>): ErrorDefinition<Data> {
  return definition;
}
