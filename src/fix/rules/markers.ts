import type { ByteString } from '../../base/index.ts';
import { type EntryTable, kindCode, newDirectoriesAbove, parentPath } from '../../tree/index.ts';
import { directoriesIn } from '../draft.ts';
import type { Fault, Rule } from '../rule.ts';

/** What overlay runtimes make of these is something else than what the layer means, and they differ among themselves. */
export const markers: Rule = {
  id: 'P28',
  title: 'whiteouts that runtimes take in different ways',
  find: ({ table, tree }) => {
    if (!hasMarkers(table)) return [];
    const { names, opaque } = readNames(table);
    const isCleared = clearedBy(opaque);
    const isDirectory = directoriesIn(tree);
    const faults: Fault[] = [];
    for (let row = 0; row < table.length; row++) {
      const kind = table.kind(row);
      const path = table.name(row);
      const isFaulty =
        kind === 'opaque'
          ? path === '' || !isDirectory(path)
          : kind === 'whiteout' && (names.has(path) || isCleared(path) || !isDirectory(parentPath(path)));
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
    else if (kind !== 'whiteout') {
      newDirectoriesAbove(path, names);
      names.add(path);
    }
  }
  return { names, opaque };
}

/** Whether a name is somewhere below one of these directories. */
function clearedBy(opaque: ReadonlySet<ByteString>): (path: ByteString) => boolean {
  const cleared = new Set(opaque);
  const seen = new Set<ByteString>();
  return (path) => {
    if (opaque.size === 0) return false;
    for (const above of newDirectoriesAbove(path, seen)) if (cleared.has(parentPath(above))) cleared.add(above);
    return cleared.has(parentPath(path));
  };
}
