/** OCI layout directories that are written to, by many processes at once, whatever kills them. */
export type { LayoutOptions } from './create-layout.ts';
export type { BlobIngest, LayoutStore, StoredBlob } from './layout-store.ts';
export { localStoreDirectory, openLocalStore } from './local-store.ts';
export { openLayoutStore } from './open-layout-store.ts';
