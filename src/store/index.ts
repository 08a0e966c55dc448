/** OCI layout directories that are written to, by many processes at once, whatever kills them. */
export type { BlobIngest, LayoutStore, StoredBlob } from './layout-store.ts';
