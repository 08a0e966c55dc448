/** What an audit finds: the places of one rule in one layer of one image, together. */
import { createHash } from 'node:crypto';
import { type ByteString, jsonPath, toDisplayText } from '../base/index.ts';
import type { Severity } from '../hazards/index.ts';
import type { ImageFacts } from './image-facts.ts';
import { lastingName } from './lasting-name.ts';
import type { Hit, Rule } from './rule.ts';

export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  /** As the user gave it. */
  readonly image: string;
  readonly platform: string;
  /** Of the manifest. */
  readonly digest: string;
  /** From 1, bottom first. */
  readonly layer: number;
  /** In byte order, each once; the root is ".". */
  readonly paths: readonly string[];
  readonly message: string;
  readonly remedy: string;
  /** What it costs: bytes that would not be there without it. */
  readonly bytes?: number;
  /** The same for the same rule, first path and repository or file, whatever tag or layer they are in. */
  readonly fingerprint: string;
}

const shownPaths = 3;

/** Whether a place is known, by its rule and path. */
export type IsKnown = (rule: string, path: string) => boolean;

/** What one rule finds. */
export interface Found {
  readonly findings: readonly Finding[];
  /** Places that were known before. */
  readonly known: number;
}

/** The hits of one rule as findings, one for each layer, bottom first. */
export function findingsOf(rule: Rule, severity: Severity, image: ImageFacts, isKnown: IsKnown): Found {
  const byLayer = Map.groupBy(rule.find(image), ({ layer }) => layer);
  const layers = [...byLayer].sort(([a], [b]) => a - b);
  let known = 0;
  const findings = layers.flatMap(([layer, hits]) => {
    const all = inOrder(hits);
    const places = all.filter(({ path }) => !isKnown(rule.id, jsonPath(path)));
    known += all.length - places.length;
    return places.length === 0 ? [] : [findingOf(rule, severity, image, { layer, places })];
  });
  return { findings, known };
}

function findingOf(
  rule: Rule,
  severity: Severity,
  { reference, platform, digest }: ImageFacts,
  { layer, places }: { readonly layer: number; readonly places: readonly Hit[] },
): Finding {
  const paths = places.map(({ path }) => jsonPath(path));
  const bytes = places.reduce((sum, place) => sum + (place.bytes ?? 0), 0);
  return {
    rule: rule.id,
    severity,
    image: reference,
    platform,
    digest,
    layer,
    paths,
    message: messageOf(rule, places),
    remedy: rule.remedy,
    ...(bytes > 0 ? { bytes } : {}),
    fingerprint: fingerprintOf(rule.id, reference, platform, paths[0] ?? ''),
  };
}

function inOrder(hits: readonly Hit[]): Hit[] {
  const byPath = new Map(hits.map((hit) => [hit.path, hit]));
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function messageOf({ message }: Rule, hits: readonly Hit[]): string {
  const shown = hits.slice(0, shownPaths).map(({ path, other }) => {
    return other === undefined ? pathText(path) : `${pathText(path)} -> ${pathText(other)}`;
  });
  const more = hits.length - shown.length;
  const said = `${hits.length} ${hits.length === 1 ? message.one : message.many}`;
  if (hits.length === 1 && hits[0]?.path === '') return said;
  const list = `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `${said}: ${list}`;
}

function pathText(path: ByteString): string {
  return path === '' ? '.' : toDisplayText(path);
}

function fingerprintOf(rule: string, reference: string, platform: string, path: string): string {
  const facts = JSON.stringify([rule, lastingName(reference), platform, path]);
  return createHash('sha256').update(facts).digest('hex').slice(0, 32);
}
