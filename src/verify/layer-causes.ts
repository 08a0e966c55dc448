/** Causes that lie in how whole layers were laid over each other. */
import type { ByteString } from '../base/index.ts';
import type { CauseRow } from './cause-row.ts';
import type { Evidence } from './evidence.ts';
import type { Confidence, FaultKind, FoundFault } from './fault.ts';

/** Absent layers leave what they hold missing, and what they change or remove as it was below. */
const absenceKinds: readonly FaultKind[] = [
  ...(['missing', 'extra', 'kind', 'content', 'mode', 'owner', 'mtime', 'xattr', 'symlink', 'device'] as const),
  ...(['links-split', 'links-merged', 'links-missing'] as const),
];
const marker = /^(.*\/)?\.wh\.([^/]+)$/s;

export const layerCauses: readonly CauseRow[] = [
  {
    hazard: 'C14',
    text: 'only the bottom layer is there: the runtime takes one file system image and ignores those above it, as Kata Containers did',
    kinds: absenceKinds,
    explains: (fault, evidence) => (isBottomAlone(evidence) ? absence(fault, evidence) : undefined),
  },
  {
    hazard: 'C13',
    text: 'the top layers are not there: the layer stack was put together on a cached base without them, as Docker Sandboxes and the EROFS snapshotter of containerd did',
    kinds: absenceKinds,
    explains: absence,
  },
  {
    hazard: 'C16',
    text: 'a layer removes this, and whatever unpacked the image did not act on its whiteouts (or a build left a whiteout behind that is only data, P16)',
    kinds: ['extra'],
    explains: ({ paths, tree }, { rows }) => {
      const [path = '' as ByteString] = paths;
      const [, directory = '', name = ''] = marker.exec(path) ?? [];
      if (name !== '' && rows.isMarked((directory + name) as ByteString)) return 'high';
      const found = rows.removal(path);
      if (found === undefined || tree === undefined) return undefined;
      const { table, row } = found.removed;
      const isSame =
        tree.kind !== 'file' || (table.size(row) === tree.size && table.mtime(row).seconds === tree.mtime.seconds);
      return isSame ? 'high' : 'low';
    },
  },
];

function isBottomAlone({ absentFrom, layers }: Evidence): boolean {
  return absentFrom === 2 && layers > 2;
}

/** The more of it there is, the less it can be chance. */
const fewNames = 3;

function absence({ kind, paths, image }: FoundFault, evidence: Evidence): Confidence | undefined {
  const { absentFrom, absentNames, rows, isChangedAbove } = evidence;
  if (absentFrom === undefined || (isChangedAbove && absentNames < fewNames)) return undefined;
  const layers = kind === 'extra' || kind.startsWith('links-') ? layersNaming(kind, paths, rows) : [image?.layer ?? 0];
  if (!layers.some((layer) => layer >= absentFrom)) return undefined;
  if (absentNames >= fewNames) return 'high';
  return absentNames > 1 ? 'medium' : 'low';
}

/** Where the names come from, or what removes them. */
function layersNaming(kind: FaultKind, paths: readonly ByteString[], rows: Evidence['rows']): number[] {
  return paths.map((path) => (kind === 'extra' ? rows.removal(path) : rows.last(path))?.layer ?? 0);
}
