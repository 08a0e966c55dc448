/** What all handlers work on. */
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
    uploads,
    [Symbol.dispose]: () => uploads?.[Symbol.dispose](),
  };
}
