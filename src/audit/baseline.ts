/** Findings that somebody has seen and lives with. */
import * as v from 'valibot';
import { HoldfastError } from '../base/index.ts';
import type { Finding, IsKnown } from './finding.ts';
import { lastingName } from './lasting-name.ts';

/** By rule, image, platform and path: neither tags nor digests nor numbers of layers, which change with every build. */
export interface Baseline {
  readonly version: 1;
  readonly findings: readonly KnownFinding[];
}

export interface KnownFinding {
  readonly rule: string;
  /** As {@link lastingName} has it. */
  readonly image: string;
  readonly platform: string;
  readonly paths: readonly string[];
}

const schema = v.object({
  version: v.literal(1),
  findings: v.array(
    v.object({ rule: v.string(), image: v.string(), platform: v.string(), paths: v.array(v.string()) }),
  ),
});

/** @throws USAGE where it is none */
export function parseBaseline(text: string): Baseline {
  const parsed = v.safeParse(schema, parsedJson(text));
  if (parsed.success) return parsed.output;
  const hint = 'audit --write-baseline FILE writes one';
  throw new HoldfastError('USAGE', { message: 'the baseline is none, or not of version 1', hint });
}

/** What was found, as known from now on. */
export function baselineOf(findings: readonly Finding[]): Baseline {
  const groups = Map.groupBy(findings, ({ rule, image, platform }) => keyOf(rule, lastingName(image), platform));
  const known = [...groups.values()].flatMap((same): readonly KnownFinding[] => {
    const [first] = same;
    if (first === undefined) return [];
    const paths = [...new Set(same.flatMap((finding) => finding.paths))].sort();
    return [{ rule: first.rule, image: lastingName(first.image), platform: first.platform, paths }];
  });
  return { version: 1, findings: known };
}

/** What a baseline knows of one image. */
export function knownIn(baseline: Baseline | undefined, reference: string, platform: string): IsKnown {
  if (baseline === undefined) return () => false;
  const image = lastingName(reference);
  const paths = new Map<string, Set<string>>();
  for (const known of baseline.findings) {
    if (known.image !== image || known.platform !== platform) continue;
    const there = paths.get(known.rule) ?? new Set();
    for (const path of known.paths) there.add(path);
    paths.set(known.rule, there);
  }
  return (rule, path) => paths.get(rule)?.has(path) ?? false;
}

function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
