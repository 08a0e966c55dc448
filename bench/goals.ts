/** Whether the promised figures were reached. */
import type { Goal, Rows } from './job.ts';

export interface GoalResult {
  readonly text: string;
  /** `null` when something it needs did not run. */
  readonly value: number | null;
  readonly reached: boolean | null;
}

export function judge(goals: readonly Goal[], rows: Rows): readonly GoalResult[] {
  return goals.map(({ text, value, atMost = Infinity, atLeast = -Infinity }) => {
    const found = value(rows);
    return found === undefined
      ? { text, value: null, reached: null }
      : { text, value: found, reached: found <= atMost && found >= atLeast };
  });
}

export function ratio(numerator: number | undefined, denominator: number | undefined): number | undefined {
  return numerator === undefined || denominator === undefined ? undefined : numerator / denominator;
}
