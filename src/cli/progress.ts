/** Progress on stderr, in one of four forms. */
import type { EngineEvent } from '../base/index.ts';
import { eventJson } from './event-json.ts';
import type { CommandIo, OutputStream } from './io.ts';
import { networkLine } from './network-lines.ts';
import type { OptionValues, ProgressMode } from './option-table.ts';
import type { Progress } from './progress-display.ts';
import { plainProgress } from './progress-plain.ts';
import { terminalProgress } from './progress-terminal.ts';

/** What registries say or ask for is told in every form but json, which has the events themselves. */
export function createProgress(values: OptionValues, io: CommandIo): Progress {
  const mode = progressMode(values, io);
  if (mode === 'json') return jsonProgress(io.stderr);
  const display = displayFor(mode, io);
  const isSilent = values.quiet && !values.debug;
  const isNews = withoutRepetition();
  const onEvent = (event: EngineEvent): void => {
    const line = isSilent ? undefined : networkLine(event, values.debug);
    if (line !== undefined && isNews(event)) display.say(line);
    display.onEvent(event);
  };
  return { onEvent, say: (line) => display.say(line), stop: () => display.stop() };
}

/** Several transfers that wait for the same host at once are told of once. */
function withoutRepetition(): (event: EngineEvent) => boolean {
  const told = new Map<string, number>();
  return (event) => {
    if (event.kind !== 'retry') return true;
    const key = `${event.host} ${event.reason}`;
    const now = performance.now();
    if (now < (told.get(key) ?? 0)) return false;
    told.set(key, now + event.delay);
    return true;
  };
}

function displayFor(mode: 'none' | 'plain' | 'tty', { stderr }: CommandIo): Progress {
  switch (mode) {
    case 'none':
      return { onEvent: () => {}, say: (line) => void stderr.write(`${line}\n`), stop: () => {} };
    case 'plain':
      return plainProgress(stderr);
    case 'tty':
      return terminalProgress(stderr);
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
  return { onEvent, say: () => {}, stop: () => {} };
}
