/** Causes of lost, broken and invented hard links. */
import { type ByteString, toBytes } from '../base/index.ts';
import { lookup } from '../tree/index.ts';
import type { CauseRow } from './cause-row.ts';
import type { Evidence } from './evidence.ts';
import type { Confidence, FoundFault } from './fault.ts';
import type { LayerRow } from './layer-rows.ts';

/** The field of a tar header holds so many bytes. */
const shortTarget = 100;

export const linkCauses: readonly CauseRow[] = [
  {
    hazard: 'P01',
    text: 'the image gives the targets of these hard links as absolute paths, as kaniko did until 2026: some runtimes, Cloud Run presumably among them, leave such names out, and Docker 29.7.0 refuses the image; holdfast fix rewrites them',
    kinds: ['links-missing'],
    explains: (fault, evidence) => ifLinks(fault, evidence, ({ table, row }) => table.hasAbsoluteTarget(row)),
  },
  {
    hazard: 'P14',
    text: 'the targets of these hard links are longer than the 100 bytes that a tar header holds: readers that do not know the extensions for longer ones lose the names',
    kinds: ['links-missing'],
    explains: (fault, evidence) =>
      ifLinks(fault, evidence, ({ table, row }) => toBytes(table.linkName(row)).length > shortTarget),
  },
  {
    hazard: 'P09',
    text: 'these hard links lead to other hard links, as Buildah 1.41.0 wrote them: readers that look for a file there lose the names',
    kinds: ['links-missing'],
    explains: (fault, evidence) => ifLinks(fault, evidence, (link) => isChained(link, evidence)),
  },
  {
    hazard: 'C07',
    text: 'the name is a hard link whose target a later layer removes or replaces: whatever reads the layers newest first, as crane export does, has nothing left to link it to',
    kinds: ['missing'],
    explains: ({ paths }, { rows, image }) => {
      const [path = '' as ByteString] = paths;
      const link = rows.lastLink(path);
      if (link === undefined) return undefined;
      return lookup(image, link.table.linkName(link.row)) === lookup(image, path) ? undefined : 'medium';
    },
  },
  {
    hazard: 'C01',
    text: 'whatever put the tree there drops hard links, and keeps one name of each file',
    kinds: ['links-missing'],
    explains: (_fault, { links }) => (links.missing === links.links && links.links > 1 ? 'medium' : 'low'),
  },
  {
    hazard: 'P08',
    text: 'the names of this file come from different layers: whatever lays layers over each other as separate file systems gives each its own copy',
    kinds: ['links-split'],
    explains: (fault, { links, rows }) => {
      const layers = new Set(fault.links?.expected.flat().map((path) => rows.last(path)?.layer));
      return layers.size > 1 && links.split < links.groups ? 'medium' : undefined;
    },
  },
  {
    hazard: 'C26',
    text: 'one name was written to after the start: an overlay file system then makes a copy of that name alone; this is no fault of what unpacked the image',
    kinds: ['links-split'],
    explains: (fault, evidence) => {
      const { split, groups } = evidence.links;
      if (split === groups && groups > 1) return undefined;
      if (wasWrittenTo(fault, evidence)) return 'high';
      return split === groups ? undefined : 'low';
    },
  },
  {
    hazard: 'C01',
    text: 'whatever put the tree there makes a copy of each name instead of a hard link, as Cloud Run and gVisor (C02), EROFS converters (C11), mkcomposefs (C21) and apko (C22) did',
    kinds: ['links-split'],
    explains: (fault, evidence) => {
      if (fault.paths.some((path) => evidence.at(path, 'content'))) return undefined;
      const { split, groups } = evidence.links;
      return split === groups && groups > 1 ? 'high' : 'medium';
    },
  },
  {
    hazard: 'P04',
    text: 'a later layer writes to one of the names that were linked below: podman, with the vfs driver, gives the others the new content too',
    kinds: ['content', 'links-merged'],
    explains: (fault, evidence) => (evidence.isOfPodman ? newerContent(fault, evidence) : undefined),
  },
  {
    hazard: 'C08',
    text: 'a later layer replaces one of the names that were linked below, and the other one shows the new content: the layers were laid newest first, as crane export and flatten do, or built with podman and vfs (P04)',
    kinds: ['content', 'links-merged'],
    explains: newerContent,
  },
  {
    hazard: 'C04',
    text: 'the program that wrote the archive makes links that are not there, as runsc tar did, or somebody linked equal files',
    kinds: ['links-merged'],
    explains: (_fault, { isArchive }) => (isArchive ? 'low' : undefined),
  },
  {
    hazard: 'C09',
    text: 'two names of one file became symbolic links to each other: the layers were unpacked newest first, as kaniko did in 2018',
    kinds: ['kind'],
    explains: (fault, evidence) => (isCircular(fault, evidence) ? 'high' : undefined),
  },
  {
    hazard: 'C22',
    text: 'whatever put the tree there turns hard links into symbolic links, as apko once did',
    kinds: ['kind'],
    explains: ({ image, tree }, evidence) =>
      tree?.kind === 'symlink' && image !== undefined && evidence.image.linked.has(image) ? 'medium' : undefined,
  },
];

/** High where nothing but such links is lost. */
function ifLinks(
  { paths }: FoundFault,
  { rows }: Evidence,
  isSuch: (link: LayerRow) => boolean,
): Confidence | undefined {
  const such = paths.filter((path) => {
    const link = rows.lastLink(path);
    return link !== undefined && isSuch(link);
  });
  if (such.length === 0) return undefined;
  return such.length === paths.length ? 'high' : 'medium';
}

function isChained({ layer, table, row }: LayerRow, { rows }: Evidence): boolean {
  const inLayer = rows.entries(table.linkName(row)).filter((entry) => entry.layer === layer);
  const last = inLayer.at(-1);
  return last !== undefined && last.table.kind(last.row) === 'hardlink';
}

/** Some of the names are as they were, and one has changed since. */
function wasWrittenTo({ paths }: FoundFault, evidence: Evidence): boolean {
  const changed = paths.filter((path) => {
    const time = evidence.at(path, 'mtime');
    const isLater =
      time?.tree !== undefined && time.image !== undefined && time.tree.mtime.seconds >= time.image.mtime.seconds;
    return isLater || evidence.at(path, 'content') !== undefined;
  });
  return changed.length > 0 && changed.length < paths.length;
}

function newerContent({ paths, tree }: FoundFault, evidence: Evidence): Confidence | undefined {
  if (tree === undefined) return undefined;
  const newer = paths.flatMap((path) => {
    const own = lookup(evidence.image, path);
    return evidence.formerAliases(path).filter((alias) => own === undefined || alias.layer > own.layer);
  });
  if (newer.length === 0) return undefined;
  const held = newer.map((alias) => evidence.holds(tree, alias));
  if (held.includes(true)) return 'high';
  return held.includes(undefined) ? 'medium' : undefined;
}

function isCircular({ tree, paths }: FoundFault, evidence: Evidence): boolean {
  if (tree?.kind !== 'symlink') return false;
  const [path = '' as ByteString] = paths;
  const image = lookup(evidence.image, path);
  const target = evidence.linkTarget(path, tree);
  const other = lookup(evidence.tree, target);
  if (other?.kind !== 'symlink' || lookup(evidence.image, target) !== image) return false;
  return evidence.linkTarget(target, other) === path;
}
