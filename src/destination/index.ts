/** Places that images are copied to: registries, layouts, archives, a Docker daemon. */
export type { Delivered, DestinationDocument, ImageDestination, PutOptions } from './image-destination.ts';
export { openDestination } from './open-destination.ts';
export type { ByteWriter, DestinationServices } from './services.ts';
