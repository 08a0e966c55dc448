/** What a job of the bench is: several ways to do the same thing, run in turn. */
import type { BenchImage } from './images.ts';
import type { Scratch } from './scratch.ts';

/** What a job may use. */
export interface Bench {
  /** A private directory in memory. */
  readonly scratch: Scratch;
  /** The lab's big image, copied to memory. */
  readonly big: () => BenchImage;
  /** Ends with the job; for servers and further directories. */
  readonly lifetime: DisposableStack;
  readonly signal: AbortSignal;
}

/** One way of doing a job: Holdfast's or a peer's. */
export interface Contender {
  /** Unique within the job; goals refer to it. */
  readonly id: string;
  readonly title: string;
  /** What makes it not quite comparable. */
  readonly note?: string;
  /** The command and its arguments; what it prints is thrown away. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Runs before every measured run, outside of the time. */
  readonly before?: () => void | Promise<void>;
  /** Runs once before the first round, outside of the time; used to fill an index cache. */
  readonly once?: readonly string[];
}

/** A figure that Holdfast promises to reach. */
export interface Goal {
  readonly text: string;
  /** `undefined` when a row it needs did not run. */
  readonly value: (rows: Rows) => number | undefined;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** Medians by contender id; rows that failed are absent. */
export type Rows = ReadonlyMap<string, Measure>;

/** The cost of one run, or the median of several. */
export interface Measure {
  readonly wallMs: number;
  /** User and system time of the command and all its children. */
  readonly cpuMs: number;
  /** The largest resident set among the command and its children, in bytes. */
  readonly peakBytes: number;
}

export interface Job {
  readonly name: string;
  readonly title: string;
  /** Whether it runs only with `--full` (or when it is named). */
  readonly full?: boolean;
  /** The first one is what the others' ratios are relative to. */
  readonly contenders: (bench: Bench) => readonly Contender[] | Promise<readonly Contender[]>;
  readonly goals: readonly Goal[];
}
