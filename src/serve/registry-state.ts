/** What all handlers work on. */
import type { Descriptor } from '../oci/index.ts';
import type { LayoutStore } from '../store/index.ts';
import { type Catalogue, openCatalogue } from './catalogue.ts';
import { homeRepository } from './layout-names.ts';
import { createFactReader, type FactReader } from './manifest-facts.ts';
import { openUploads, type Uploads } from './uploads.ts';

export interface RegistryState extends Disposable {
  readonly store: LayoutStore;
  readonly facts: FactReader;
  readonly catalogue: Catalogue;
  /** The repository of images without a name. */
  readonly home: string;
  /** Records that a client has asked for an image, so that it is not collected as unused. */
  readonly markUsed: (manifest: Descriptor) => void;
  /** Undefined when nothing may be written. */
  readonly uploads: Uploads | undefined;
}

/** @throws HOST_REFUSED */
export function openState(store: LayoutStore, readOnly: boolean): RegistryState {
  const facts = createFactReader(store);
  const home = homeRepository(store.directory);
  const uploads = readOnly ? undefined : openUploads(store);
  return {
    store,
    facts,
    catalogue: openCatalogue(store, facts, home),
    home,
    markUsed: readOnly ? () => {} : useRecorder(store),
    uploads,
    [Symbol.dispose]: () => uploads?.[Symbol.dispose](),
  };
}

const recordIntervalMs = 3_600_000;
const mostRecorded = 10_000;

/** A busy registry records each image once an hour. */
function useRecorder(store: LayoutStore): (manifest: Descriptor) => void {
  const recorded = new Map<string, number>();
  return (manifest) => {
    const now = performance.now();
    if (now - (recorded.get(manifest.digest) ?? -Infinity) < recordIntervalMs) return;
    if (recorded.size >= mostRecorded) recorded.clear();
    recorded.set(manifest.digest, now);
    store.markUsed(manifest);
  };
}
