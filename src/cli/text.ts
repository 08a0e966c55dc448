/** Numbers and counts for a person. */

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Such as `1.4 MiB`; exact below 1024 bytes. */
export function formatBytes(bytes: number | string): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  if (unit === 0) return value === 1 ? '1 byte' : `${value} bytes`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Such as `1 layer`, `3 layers`. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}

/** Labels and values in two columns. */
export function facts(rows: readonly (readonly [label: string, value: string | undefined])[]): string[] {
  const said = rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
  const width = Math.max(0, ...said.map(([label]) => label.length)) + 2;
  return said.map(([label, value]) => `${label.padEnd(width)}${value}`);
}

/** Rows in columns, each as wide as its widest text. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, text] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, text.length);
  }
  return rows.map((row) =>
    row
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
