/** Which blobs can be reached from images. Reads what it can and never fails on a document: what is unsure is reached. */
import { type Digest, digestAlgorithm, digestHex, maxDocumentBytes } from '../base/index.ts';
import { isNotAFile } from './directory.ts';
import { asDigest, type Layout } from './layout.ts';
import { readSmall } from './read-small.ts';

/** What a document refers to. */
export interface References {
  /** Documents that may refer to more. */
  readonly documents: readonly Digest[];
  readonly blobs: readonly Digest[];
  /** What it is about, if it is a referrer (OCI image-spec, manifest.md, "subject"). */
  readonly subject: Digest | undefined;
}

/** Grows with every root; what was read once is not read again. */
export class Reach {
  readonly #layout: Layout;
  readonly #reached = new Set<Digest>();
  readonly #read = new Set<Digest>();

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  has(digest: Digest): boolean {
    return this.#reached.has(digest);
  }

  get digests(): ReadonlySet<Digest> {
    return this.#reached;
  }

  /** Adds a document or blob with everything it refers to, except its subject, which it can do without. @throws HOST_REFUSED */
  add(root: Digest): void {
    const waiting = [root];
    for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
      this.#reached.add(digest);
      if (this.#read.has(digest)) continue;
      this.#read.add(digest);
      const references = readReferences(this.#layout, digest);
      for (const blob of references?.blobs ?? []) this.#reached.add(blob);
      for (const document of references?.documents ?? []) waiting.push(document);
    }
  }
}

/** What a blob refers to; undefined when it is not there or no JSON object. @throws HOST_REFUSED */
export function readReferences(layout: Layout, digest: Digest): References | undefined {
  const found = layout.blobs(digestAlgorithm(digest))?.find(digestHex(digest));
  if (found === undefined || isNotAFile(found)) return undefined;
  using file = found;
  if (file.size > maxDocumentBytes) return undefined;
  const bytes = readSmall(file, digest);
  return bytes[bytes.findIndex((byte) => byte > 0x20)] === 0x7b ? referencesIn(bytes) : undefined;
}

function referencesIn(bytes: Buffer): References | undefined {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  const { manifests, subject, ...rest } = value as Readonly<Record<string, unknown>>;
  return { documents: digestsIn(manifests), blobs: digestsIn(rest), subject: digestsIn(subject)[0] };
}

/** Every field `digest` at any depth, outer ones first. */
function digestsIn(value: unknown): Digest[] {
  const digests: Digest[] = [];
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    const digest = 'digest' in next && typeof next.digest === 'string' ? asDigest(next.digest) : undefined;
    if (digest !== undefined) digests.push(digest);
    for (const child of Object.values(next)) if (typeof child === 'object') waiting.push(child);
  }
  return digests;
}
