import type { Arrival } from './arrival.ts';

/** A blob that is read while it is still on its way into its file. */
export interface Delivery {
  readonly arrival: Arrival;
  /** Resolves when every byte is there; rejects with why the rest will not come. */
  readonly arrived: Promise<void>;
  /**
   * The reader has read every byte and found the digest right, or says what is wrong. Throws what keeping the blob throws;
   * when something is wrong, nothing.
   */
  settle(failure?: unknown): Promise<void>;
}
