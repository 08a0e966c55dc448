/** One case of the conformance matrix. */
import type { Client } from './client.ts';

export interface Case {
  /** Continues the name of the registry. */
  readonly name: string;
  run(under: UnderTest): Promise<void>;
}

/** Two repositories that nobody has used yet. */
export interface UnderTest {
  readonly client: Client;
  readonly other: Client;
}
