/** Progress on stderr, in one of four forms. */
import type { EngineEvent } from '../base/index.ts';
import { eventJson } from './event-json.ts';
import type { CommandIo, OutputStream } from './io.ts';
import type { OptionValues, ProgressMode } from './option-table.ts';
import type { Progress } from './progress-display.ts';
import { plainProgress } from './progress-plain.ts';
import { terminalProgress } from './progress-terminal.ts';

export function createProgress(values: OptionValues, io: CommandIo): Progress {
  switch (progressMode(values, io)) {
    case 'none':
      return { onEvent: () => {}, stop: () => {} };
    case 'json':
      return jsonProgress(io.stderr);
    case 'plain':
      return plainProgress(io.stderr);
    case 'tty':
      return terminalProgress(io.stderr);
  }
}

function progressMode({ progress, quiet }: OptionValues, io: CommandIo): Exclude<ProgressMode, 'auto'> {
  if (progress !== 'auto') return progress;
  if (quiet) return 'none';
  const isCi = (io.env['CI'] ?? '') !== '' && io.env['CI'] !== 'false';
  return io.stderr.isTTY === true && !isCi && io.env['TERM'] !== 'dumb' ? 'tty' : 'plain';
}

function jsonProgress(stream: OutputStream): Progress {
  const onEvent = (event: EngineEvent): void => {
    stream.write(`${JSON.stringify(eventJson(event))}\n`);
  };
  return { onEvent, stop: () => {} };
}
