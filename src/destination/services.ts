/** What destinations need from whoever opens them. */
import type { EngineEvent, Limits } from '../base/index.ts';
import type { Daemon } from '../daemon/index.ts';
import type { RegistryClient } from '../registry/index.ts';

/** Somewhere that bytes go in order. */
export interface ByteWriter {
  /** Resolves when the bytes have left, and may be used again. */
  write(bytes: Uint8Array): Promise<void>;
}

export interface DestinationServices {
  /** The reference as the user gave it, for messages. */
  readonly reference?: string | undefined;
  /** Required for destinations in a registry. Stays the caller's. */
  readonly registry?: RegistryClient | undefined;
  /** What `-` writes; the standard output of the process by default. */
  readonly stdout?: ByteWriter | undefined;
  /** Stays the caller's; found by {@link DestinationServices.env} unless given. */
  readonly daemon?: Daemon | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Bounds for layers that have to be decompressed. */
  readonly limits?: Limits | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: EngineEvent) => void) | undefined;
}

/** The same with a name for messages, given or made. */
export interface NamedServices extends DestinationServices {
  readonly reference: string;
}
