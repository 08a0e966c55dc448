/** What the bench found, for people. */
import type { Machine } from './machine.ts';
import type { JobResult, Row } from './run-job.ts';

/** Also what is written as JSON. */
export interface Report {
  /** A day, as in 2026-01-31. */
  readonly date: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly jobs: readonly JobResult[];
}

type Style = 'text' | 'markdown';

const heading = ['', 'wall (median)', 'min–max', 'ratio', 'CPU', 'peak memory'];

export function renderReport({ date, machine, rounds, jobs }: Report, style: Style): string {
  const { cpu, cores, memoryBytes, system, node } = machine;
  const where = `${cpu}, ${cores} cores, ${(memoryBytes / 1e9).toFixed(0)} GB, ${system}, Node ${node}`;
  const how = `${date}; ${rounds} rounds in turn, on tmpfs unless said; ratios are to the first row.`;
  const memory = 'CPU and peak memory (of the largest process) are those of the command and its children.';
  const parts = [`${where}.`, `${how} ${memory}`, ...jobs.map((job) => renderJob(job, style))];
  return `${parts.join('\n\n')}\n`;
}

function renderJob({ title, rows, goals }: JobResult, style: Style): string {
  const first = rows[0]?.median?.wallMs;
  const table = renderTable([heading, ...rows.map((row) => cells(row, first))], style);
  const notes = rows.flatMap(({ title, note }) => (note === null ? [] : [`${title}: ${note}.`]));
  const failures = rows.flatMap(({ title, failed }) => (failed === null ? [] : [`${title}: failed: ${failed}`]));
  const judged = goals.map(({ text, value, reached }) => {
    const verdict = reached === null ? 'not measured' : reached ? 'reached' : 'MISSED';
    return value === null ? `${text}: ${verdict}` : `${text}: ${verdict} (${Number(value.toPrecision(3))})`;
  });
  const list = [...failures, ...notes, ...judged].map((line) => `- ${style === 'markdown' ? escapeCell(line) : line}`);
  return [style === 'markdown' ? `### ${title}` : title, table, list.join('\n')].join('\n\n');
}

function cells({ title, runs, median, failed }: Row, first: number | undefined): readonly string[] {
  if (median === null || failed !== null) return [title, 'failed', '', '', '', ''];
  const walls = runs.map(({ wallMs }) => wallMs);
  return [
    title,
    time(median.wallMs),
    `${time(Math.min(...walls))}–${time(Math.max(...walls))}`,
    first === undefined ? '' : (median.wallMs / first).toFixed(2),
    time(median.cpuMs),
    `${(median.peakBytes / 1e6).toFixed(0)} MB`,
  ];
}

function time(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

function renderTable(rows: readonly (readonly string[])[], style: Style): string {
  const escaped = style === 'markdown' ? rows.map((row) => row.map(escapeCell)) : rows;
  const widths = heading.map((_, column) => Math.max(3, ...escaped.map((row) => row[column]?.length ?? 0)));
  const pad = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  const lines = escaped.map((row) => row.map(pad));
  if (style === 'text') return lines.map((line) => line.join('  ').trimEnd()).join('\n');
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [...lines.slice(0, 1), rule, ...lines.slice(1)].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function escapeCell(text: string): string {
  return text.replaceAll(/[|*_<>]/g, String.raw`\$&`);
}
