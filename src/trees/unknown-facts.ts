/** What of trees is not known, in words. */
import { type ByteString, HoldfastError } from '../base/index.ts';
import type { KnownFacts } from '../tree/index.ts';
import { LayeredSource } from './layered-source.ts';
import type { OpenTree } from './open-tree.ts';

/** A kind of fact that is not known of a tree, or not compared because one of two trees does not know it. */
export type UnknownFact = 'content' | 'size' | 'mode' | 'owner' | 'mtime' | 'nanoseconds' | 'xattrs' | 'device';

const texts: Readonly<Record<UnknownFact, string>> = {
  content: 'the content of files',
  size: 'the sizes of files',
  mode: 'modes',
  owner: 'owners',
  mtime: 'times',
  nanoseconds: 'times beyond whole seconds',
  xattrs: 'xattrs',
  device: 'device numbers',
};

/** Those of xattrs are unknown where those of users are; what belongs to the host's own policy is no fact of an image. */
export function unknownFacts(facts: KnownFacts): UnknownFact[] {
  const { xattrs } = facts;
  const knowsXattrs = typeof xattrs === 'boolean' ? xattrs : xattrs('user.any' as ByteString);
  const known: Readonly<Record<UnknownFact, boolean>> = {
    content: facts.content,
    size: facts.size,
    mode: facts.mode,
    owner: facts.owner,
    mtime: facts.mtime,
    // Not worth a word where not even the seconds are known.
    nanoseconds: facts.nanoseconds || !facts.mtime,
    xattrs: knowsXattrs,
    device: facts.device,
  };
  return (Object.keys(known) as UnknownFact[]).filter((fact) => !known[fact]);
}

/** Such facts as a person reads them. */
export function describeFacts(facts: readonly UnknownFact[]): string {
  return facts.map((fact) => texts[fact]).join(', ');
}

/**
 * Refuses to make a layer of a tree that does not tell all that has to be in one. A live directory does, as well as its
 * machine allows; and an archive is what it is, whoever made it of something that was more.
 * @throws FACTS_UNKNOWN
 */
export function refuseUnknownFacts(tree: OpenTree): void {
  const { reference, facts, live, container } = tree;
  const isArchive = tree instanceof LayeredSource && container === undefined;
  const unknown = live || isArchive ? [] : unknownFacts(facts);
  if (unknown.length === 0) return;
  throw new HoldfastError('FACTS_UNKNOWN', { reference, facts: unknown.map((fact) => texts[fact]) });
}
