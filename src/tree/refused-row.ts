import { HoldfastError } from '../base/index.ts';

/** A row that a layer must not have, by the rules of docs/layer-semantics.md. */
export interface RefusedRow {
  readonly layer: number;
  readonly row: number;
  readonly error: HoldfastError;
}

export type OnRefused = (refused: RefusedRow) => void;

/** Does what a row asks for, and tells of a refusal instead of throwing it. Limits bound the work itself: they always throw. */
export function attempt({ layer, row }: Omit<RefusedRow, 'error'>, onRefused: OnRefused, act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code === 'LIMIT_EXCEEDED' || error.exit !== 'image') throw error;
    onRefused({ layer, row, error });
  }
}
