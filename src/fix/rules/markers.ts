import type { ByteString } from '../../base/index.ts';
import { type EntryTable, kindCode, lookup, parentPath } from '../../tree/index.ts';
import { directoriesAbove } from '../draft.ts';
import type { Fault, Rule } from '../rule.ts';

/** What overlay runtimes make of these is something else than what the layer means, and they differ among themselves. */
export const markers: Rule = {
  id: 'P28',
  title: 'whiteouts that runtimes take in different ways',
  find: ({ table, tree }) => {
    if (!hasMarkers(table)) return [];
    const { names, opaque } = readNames(table);
    const faults: Fault[] = [];
    for (let row = 0; row < table.length; row++) {
      const kind = table.kind(row);
      const path = table.name(row);
      const isFaulty =
        kind === 'opaque'
          ? path === '' || !lookup(tree, path)?.children
          : kind === 'whiteout' &&
            (names.has(path) ||
              [...directoriesAbove(path)].some((above) => opaque.has(above)) ||
              !lookup(tree, parentPath(path))?.children);
      if (isFaulty) faults.push({ path, row });
    }
    return faults;
  },
};

function hasMarkers({ columns: { kind } }: EntryTable): boolean {
  return kind.includes(kindCode.whiteout) || kind.includes(kindCode.opaque);
}

/** Every name that an entry gives or needs, and every directory that is cleared. */
function readNames(table: EntryTable) {
  const names = new Set<ByteString>();
  const opaque = new Set<ByteString>();
  for (let row = 0; row < table.length; row++) {
    const kind = table.kind(row);
    const path = table.name(row);
    if (kind === 'opaque') opaque.add(path);
    else if (kind !== 'whiteout') for (const name of [...directoriesAbove(path), path]) names.add(name);
  }
  return { names, opaque };
}
