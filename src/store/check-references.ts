/** Follows every reference from index.json on. */
import {
  type Digest,
  digestAlgorithm,
  digestHex,
  type HoldfastError,
  isHoldfastError,
  shortDigest,
} from '../base/index.ts';
import {
  type Descriptor,
  type ImageDocument,
  isForeignLayerMediaType,
  isIndexMediaType,
  isManifestMediaType,
  parseDocument,
  refNameOf,
} from '../oci/index.ts';
import type { StoreProblem } from './store-problem.ts';
import { isNotAFile } from './directory.ts';
import { readIndex } from './index-file.ts';
import type { Layout } from './layout.ts';
import { readSmall } from './read-small.ts';

/** @param wrong blobs that are there and do not count. @throws HOST_REFUSED */
export function checkReferences(layout: Layout, wrong: ReadonlySet<Digest>): StoreProblem[] {
  let entries: readonly Descriptor[];
  try {
    entries = readIndex(layout.root).manifests;
  } catch (error) {
    if (!isHoldfastError(error) || error.code === 'HOST_REFUSED') throw error;
    return [{ kind: 'invalid-document', severity: 'error', path: 'index.json', text: error.message }];
  }
  return entries.flatMap((entry) => checkImage(layout, entry, wrong));
}

/** What is wrong with one image, or with an index and the images in it. @throws HOST_REFUSED */
export function checkImage(layout: Layout, entry: Descriptor, wrong: ReadonlySet<Digest>): StoreProblem[] {
  const image = refNameOf(entry) ?? `@${entry.digest}`;
  const problems: StoreProblem[] = [];
  const walk = { layout, wrong, visited: new Set<Digest>(), problems, image };
  follow(walk, entry, 'index.json');
  return problems;
}

interface Walk {
  readonly layout: Layout;
  readonly wrong: ReadonlySet<Digest>;
  readonly visited: Set<Digest>;
  readonly problems: StoreProblem[];
  readonly image: string;
}

function follow(walk: Walk, root: Descriptor, from: string): void {
  const waiting = [{ descriptor: root, from }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { descriptor, from: referrer } = next;
    const isThere = checkBlob(walk, descriptor, referrer);
    const isDocument = descriptor === root || isDocumentType(descriptor.mediaType);
    if (!isThere || !isDocument || walk.visited.has(descriptor.digest)) continue;
    walk.visited.add(descriptor.digest);
    const document = readDocument(walk, descriptor);
    const where = `${document?.kind ?? ''} ${shortDigest(descriptor.digest)}`;
    if (document?.kind === 'manifest') {
      for (const part of [document.config, ...document.layers]) checkPart(walk, part, where);
    } else for (const part of document?.manifests ?? []) enter(walk, part, where, waiting);
  }
}

interface Waiting {
  readonly descriptor: Descriptor;
  readonly from: string;
}

/** An index may name images that are not here. */
function enter(walk: Walk, part: Descriptor, from: string, waiting: Waiting[]): void {
  if (part.data !== undefined || isPresent(walk, part.digest)) return void waiting.push({ descriptor: part, from });
  add(walk, 'sparse', part, `${from} names ${part.digest}, which is not here`);
}

function checkPart(walk: Walk, part: Descriptor, from: string): void {
  const mayBeElsewhere = part.data !== undefined || part.urls !== undefined || isForeignLayerMediaType(part.mediaType);
  if (!mayBeElsewhere || isPresent(walk, part.digest)) checkBlob(walk, part, from);
}

function checkBlob(walk: Walk, { digest, size, data }: Descriptor, from: string): boolean {
  const facts = lookAt(walk, digest);
  if (facts === undefined) {
    if (data === undefined) add(walk, 'missing', { digest }, `${from} refers to ${digest}, which is not here`);
    return false;
  }
  // Named already as what it is.
  if (!facts.isFile() || walk.wrong.has(digest)) {
    add(walk, 'missing', { digest }, `${from} refers to ${digest}, which is not here in good condition`);
    return false;
  }
  if (facts.size === BigInt(size)) return true;
  add(walk, 'wrong-size', { digest }, `${from} says that ${digest} has ${size} bytes, it has ${facts.size}`);
  return false;
}

function readDocument({ layout, problems, image }: Walk, { digest, mediaType }: Descriptor): ImageDocument | undefined {
  const found = layout.blobs(digestAlgorithm(digest))?.find(digestHex(digest));
  if (found === undefined || isNotAFile(found)) return undefined;
  using file = found;
  try {
    return parseDocument(readSmall(file, digest), { mediaType, what: digest });
  } catch (error) {
    if (!isHoldfastError(error) || error.code === 'HOST_REFUSED') throw error;
    problems.push({ ...judge(error), digest, image, text: error.message });
    return undefined;
  }
}

function judge(error: HoldfastError): Pick<StoreProblem, 'kind' | 'severity'> {
  const isUnknown = error.code === 'MEDIA_TYPE_UNSUPPORTED';
  return isUnknown ? { kind: 'unknown-document', severity: 'note' } : { kind: 'invalid-document', severity: 'error' };
}

function isDocumentType(mediaType: string): boolean {
  return isManifestMediaType(mediaType) || isIndexMediaType(mediaType);
}

function isPresent(walk: Walk, digest: Digest): boolean {
  return lookAt(walk, digest) !== undefined;
}

function lookAt({ layout }: Walk, digest: Digest): ReturnType<Layout['root']['look']> {
  return layout.blobs(digestAlgorithm(digest))?.look(digestHex(digest));
}

function add(
  walk: Walk,
  kind: 'missing' | 'wrong-size' | 'sparse',
  { digest }: Pick<Descriptor, 'digest'>,
  text: string,
): void {
  const severity = kind === 'sparse' ? 'note' : 'error';
  walk.problems.push({ kind, severity, digest, image: walk.image, text });
}
