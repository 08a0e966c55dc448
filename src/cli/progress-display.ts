import type { EngineEvent } from '../base/index.ts';

/** Shows what an operation tells. */
export interface Progress {
  readonly onEvent: (event: EngineEvent) => void;
  /** Takes from the terminal what is still shown there. */
  stop(): void;
}

export const phaseTexts: Readonly<Record<Extract<EngineEvent, { kind: 'phase' }>['phase'], string>> = {
  open: 'opening the image',
  layers: 'reading the layers',
  apply: 'merging the layers',
  place: 'placing the files',
  write: 'writing the archive',
  publish: 'publishing',
};
