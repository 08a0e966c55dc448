/** The form of the hostile table: what an input looks like, what it does to tools that get it wrong, what it gives here. */
import type { ErrorCode, Limits, NoteCode } from '../../src/base/index.ts';
import type {
  BuiltImage,
  BuiltIndex,
  BuiltLayer,
  EntrySpec,
  TestRegistry,
  TestRegistryOptions,
} from '../../src/testing/index.ts';

export type Verdict = 'rejected' | 'resolved inside the root' | 'neutralised and noted' | 'limited' | 'kept';

/** What is opened. `write` makes anything else in an empty directory and returns the reference that leads to it. */
export type HostileImage =
  | { readonly layers: readonly (readonly EntrySpec[] | Buffer | BuiltLayer)[] }
  | { readonly image: BuiltImage | BuiltIndex }
  | { readonly archive: Buffer; readonly transport: 'oci-archive' | 'docker-archive' }
  | { readonly write: (directory: string) => string }
  | { readonly registry: RegistryScript };

/** A registry that is started anew for each run, with another machine beside it that nobody has to trust. */
export interface RegistryScript {
  readonly options?: (stage: Pick<RegistryStage, 'elsewhere'>) => TestRegistryOptions;
  /** `public`: it goes by a name, from which private addresses are out of bounds; by 127.0.0.1 otherwise. */
  readonly address?: 'public';
  readonly speaksTls?: boolean;
  /** Puts things into it and spoils them. Gives the reference, or means `app:v1`. */
  readonly script: (stage: RegistryStage) => string | void;
  /** Looks at what was asked for in the end. */
  readonly proves?: (stage: RegistryStage) => void;
}

export interface RegistryStage {
  readonly registry: TestRegistry;
  /** Host and port of the registry, as it stands in the reference. */
  readonly host: string;
  /** No credentials may ever come here. */
  readonly elsewhere: TestRegistry;
}

export interface Refusal {
  readonly error: ErrorCode;
  /** What message and hint together say. */
  readonly says?: RegExp;
}

/** The whole tree (see `expectedListing`), or the one coded error. */
export type Outcome = Refusal | { readonly tree: readonly EntrySpec[] };

export interface HostileInput {
  /** What tells it from the other inputs of its row, as a noun phrase. */
  readonly title: string;
  readonly build: () => HostileImage;
  readonly expect: Outcome;
  /** What a directory gets where it cannot be what the export is. */
  readonly onDisk?: Outcome;
  /** `validate` only hashes it: what is no layer is for it an artifact, such as an attestation. */
  readonly isArtifact?: boolean;
  /** Each of these is noted; others may be. */
  readonly notes?: readonly NoteCode[];
  /** The same, of an unpack only. */
  readonly notesOnDisk?: readonly NoteCode[];
  /** Lower ones than the defaults, so that small inputs reach them. */
  readonly limits?: Partial<Limits>;
  /** Devices, foreign owners or privileged xattrs: an unprivileged unpack loses something. */
  readonly needsRoot?: boolean;
  /** Why GNU tar does not make the right tree of the export. */
  readonly notForGnuTar?: string;
}

/** One kind of harm, by the id it keeps for good. */
export interface HostileRow {
  readonly id: `${'A' | 'B' | 'C' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'R'}${number}`;
  /** A sentence that says what the input does. */
  readonly title: string;
  /** How the input is made. */
  readonly structure: string;
  /** What happens to tools that get it wrong; public advisories are named. */
  readonly consequence: string;
  readonly verdict: Verdict;
  readonly inputs: readonly HostileInput[];
  /** What is tested in another way, since it is not (only) a matter of what goes in; a sentence for the document. */
  readonly alsoTested?: string;
}

/** A row whose operation does not exist yet. */
export interface LaterRow extends Pick<HostileRow, 'id' | 'title' | 'consequence'> {
  /** What brings it, such as "the registry client". */
  readonly comesWith: string;
}
