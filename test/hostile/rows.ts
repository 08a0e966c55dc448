/** The whole hostile table, in the order of its ids. */
import type { HostileRow } from './hostile-row.ts';
import * as a from './rows-a.ts';
import * as b from './rows-b.ts';
import * as c from './rows-c.ts';
import * as d from './rows-d.ts';
import * as e from './rows-e.ts';
import * as f from './rows-f.ts';
import * as g from './rows-g.ts';
import * as h from './rows-h.ts';
import * as remote from './rows-h-remote.ts';
import * as j from './rows-j.ts';
import * as r from './rows-r.ts';

export { laterRows } from './rows-later.ts';

export const hostileRows: readonly HostileRow[] = [a, b, c, d, e, f, g, { ...h, ...remote }, j, r].flatMap((rows) =>
  Object.values(rows).sort(byNumber),
);

function byNumber(one: HostileRow, other: HostileRow): number {
  return Number(one.id.slice(1)) - Number(other.id.slice(1));
}
