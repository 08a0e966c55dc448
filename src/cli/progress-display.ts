import type { EngineEvent } from '../base/index.ts';

/** Shows what an operation tells. */
export interface Progress {
  readonly onEvent: (event: EngineEvent) => void;
  /** Shows a line that stays. */
  say(line: string): void;
  /** Takes from the terminal what is still shown there, and shows nothing any more. */
  stop(): void;
}

export type Phase = Extract<EngineEvent, { kind: 'phase' }>['phase'];

export const phaseTexts: Readonly<Record<Phase, string>> = {
  open: 'opening the image',
  layers: 'reading the layers',
  apply: 'merging the layers',
  place: 'placing the files',
  write: 'writing the archive',
  publish: 'publishing',
  copy: 'copying the image',
};
