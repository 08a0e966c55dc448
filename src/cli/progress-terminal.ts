/** Progress on a terminal: one row for each layer, redrawn in place. */
import type { createLogUpdate } from 'log-update';
import { type EngineEvent, shortDigest } from '../base/index.ts';
import type { OutputStream } from './io.ts';
import { type Phase, phaseTexts, type Progress } from './progress-display.ts';
import { formatBytes } from './text.ts';

/** Whatever is faster shows nothing. */
const quietMs = 300;
const frameMs = 100;
const barWidth = 24;

interface Row {
  readonly digest: string;
  readonly bytes: number;
  readonly totalBytes: number;
}

export function terminalProgress(stream: OutputStream): Progress {
  return new TerminalProgress(stream);
}

class TerminalProgress implements Progress {
  readonly #stream: OutputStream;
  #begin: NodeJS.Timeout | undefined;
  readonly #rows = new Map<string, Row>();
  #frames: NodeJS.Timeout | undefined;
  #draw: ReturnType<typeof createLogUpdate> | undefined;
  #phase: Phase | undefined;
  #isStopped = false;

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  readonly onEvent = (event: EngineEvent): void => {
    if (event.kind === 'phase') this.#enter(event.phase);
    if (event.kind === 'layer-progress') {
      if (this.#phase === undefined || this.#phase === 'open') this.#enter('layers');
      this.#rows.set(layerLabel(event.layer), event);
    }
    if (event.kind === 'layer-done') this.#rows.set(layerLabel(event.layer), { ...event, totalBytes: event.bytes });
    // Downloads are shown as the layers they are.
    if (event.kind === 'blob-progress' && event.direction === 'upload') this.#setBlob(event);
    if (event.kind === 'blob-done' && event.outcome !== 'downloaded' && event.outcome !== 'reused') {
      this.#setBlob({ ...event, totalBytes: event.bytes });
    }
  };

  /** Before there is a phase, the terminal is left alone: somebody may be asked for a password there. */
  #enter(phase: Phase): void {
    this.#phase = phase;
    if (this.#begin !== undefined || this.#isStopped) return;
    this.#begin = setTimeout(() => void this.#start(), quietMs);
    this.#begin.unref();
  }

  #setBlob(row: Row): void {
    const digest = shortDigest(row.digest);
    this.#rows.set(digest, { ...row, digest });
  }

  say(line: string): void {
    this.#draw?.clear();
    this.#stream.write(`${line}\n`);
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#begin);
    clearInterval(this.#frames);
    this.#draw?.clear();
  }

  async #start(): Promise<void> {
    const { createLogUpdate } = await import('log-update');
    if (this.#isStopped) return;
    this.#draw = createLogUpdate(this.#stream, { showCursor: true });
    this.#frames = setInterval(() => this.#frame(), frameMs);
    this.#frames.unref();
    this.#frame();
  }

  #frame(): void {
    const columns = (this.#stream.columns ?? 80) - 1;
    const shown = [...this.#rows].sort(byLayer).map(([label, row]) => rowText(label, row));
    const phase = this.#phase === undefined ? [] : [phaseTexts[this.#phase]];
    this.#draw?.([...shown, ...phase].map((line) => line.slice(0, columns)).join('\n'));
  }
}

function layerLabel(layer: number): string {
  return `layer ${String(layer).padStart(2)}`;
}

/** Layers by number; blobs stay in the order in which they began. */
function byLayer([a]: readonly [string, Row], [b]: readonly [string, Row]): number {
  return a.startsWith('layer') && b.startsWith('layer') ? a.localeCompare(b, 'en', { numeric: true }) : 0;
}

function rowText(label: string, { digest, bytes, totalBytes }: Row): string {
  const share = totalBytes === 0 ? 1 : Math.min(1, bytes / totalBytes);
  const bar = '#'.repeat(Math.round(share * barWidth)).padEnd(barWidth);
  const state = share === 1 ? formatBytes(totalBytes) : `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`;
  return `${label === digest ? 'blob' : label}  ${digest}  [${bar}] ${state}`;
}
