/** Indexes made up around tables, and tables in a form that can be compared. */
import { defaultLimits, parseDiffId, parseDigest } from '../../src/base/index.ts';
import type { LayerIndex } from '../../src/layer/index.ts';
import { type EntrySpec, file, tarOf } from '../../src/testing/index.ts';
import type { EntryTable } from '../../src/tree/index.ts';
import { indexLayer } from '../cases/apply-in-memory.ts';
import { listedXattrs } from '../cases/tree-listing.ts';

/** A table whose index takes several writes. */
export function largeTable(): EntryTable {
  const entries = Array.from({ length: 2000 }, (_, at): EntrySpec => file(`some/directory/${at}`));
  return indexLayer(tarOf(entries)).table;
}

/** An index around a table, its other facts made up. */
export function indexAround(table: EntryTable, facts: Partial<LayerIndex> = {}): LayerIndex {
  const zeros = `sha256:${'0'.repeat(64)}`;
  return {
    digest: parseDigest(zeros),
    diffId: parseDiffId(zeros),
    storedSize: 1,
    size: 2,
    notes: [],
    limits: defaultLimits,
    table,
    ...facts,
  };
}

/** Everything a table says, in a form that can be compared. */
export function tableFacts({ length, columns, rare }: EntryTable): unknown {
  return {
    length,
    columns: Object.values(columns).map(({ buffer, byteOffset, byteLength }: Uint8Array) =>
      Buffer.from(buffer, byteOffset, byteLength).toString('latin1'),
    ),
    rare: [...rare].map(([row, { xattrs, device, sparse }]) => ({
      row,
      xattrs: listedXattrs(xattrs ?? []),
      device,
      sparse,
    })),
  };
}
