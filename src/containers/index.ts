/** Containers: what an engine says of one, where it stands when it is here, and its files as a tar stream. */
export type { Container, ContainerEngine } from './container.ts';
export { openContainer, type OpenContainerOptions } from './open-container.ts';
