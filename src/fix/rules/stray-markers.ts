import { lookup } from '../../tree/index.ts';
import { draftOf } from '../draft.ts';
import type { Fault, Rule } from '../rule.ts';

/** kaniko copies them between stages as if they were files; what they remove depends on what they are put on. */
export const strayMarkers: Rule = {
  id: 'P16',
  title: 'whiteouts that remove nothing',
  find: ({ table, lower }) => {
    const faults: Fault[] = [];
    for (let row = 0; row < table.length; row++) {
      const kind = table.kind(row);
      if (kind !== 'whiteout' && kind !== 'opaque') continue;
      const path = table.name(row);
      const below = lookup(lower, path);
      // Above the bottom, runtimes write opaque markers for new directories too.
      const isStray =
        kind === 'whiteout' ? below === undefined : lower.layers === 0 || (below !== undefined && !below.children);
      if (isStray) faults.push({ path, row });
    }
    return faults;
  },
  amend: (draft, faults) => {
    const stray = new Set(faults.map(({ row }) => row));
    return draftOf(
      draft.archive,
      draft.steps.filter((_, row) => !stray.has(row)),
    );
  },
};
