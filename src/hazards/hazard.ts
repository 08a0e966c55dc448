/** What a hazard is to a person, and how bad. */

/** From bad to mild. */
export const severities = ['error', 'warning', 'note'] as const;
export type Severity = (typeof severities)[number];

/** What a hazard is to a person. */
export interface Hazard {
  /** Stable: P… is in the image already, C… is done by a program that is given the image. */
  readonly id: string;
  /** A few words, without a full stop. */
  readonly title: string;
  /** What it is, and what comes of it. */
  readonly explanation: string;
  /** Programs and versions: those that make it, and those that it hurts. */
  readonly affected: readonly string[];
  readonly remedy: string;
  /** Addresses of the reports. */
  readonly sources: readonly string[];
}
