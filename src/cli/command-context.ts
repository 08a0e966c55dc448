import type { EngineEvent } from '../base/index.ts';
import type { CommandIo } from './io.ts';
import type { OptionValues } from './option-table.ts';
import type { Output } from './output.ts';

/** What a command gets to work with. */
export interface CommandContext {
  /** As typed; a lone surrogate U+DC80 to U+DCFF stands for a byte that is not valid UTF-8. */
  readonly arguments: readonly string[];
  readonly values: OptionValues;
  readonly io: CommandIo;
  readonly output: Output;
  /** A line for a person on stderr. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  readonly onEvent: (event: EngineEvent) => void;
}
