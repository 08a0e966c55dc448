/** What was done to an image, as plain data. */
import { type ByteString, type Digest, type DiffId, toDisplayText, toJsonText } from '../base/index.ts';
import type { LayerState } from '../edit/index.ts';
import { linkGroups, type Tree } from '../tree/index.ts';
import type { FoundFaults } from './choose-repair.ts';
import type { Decision } from './decision.ts';
import { bytesOfFiles, type Delink } from './delink.ts';
import type { PlannedImage, PlannedLayer } from './study-image.ts';

/** Of one image. */
export interface FixReport {
  /** Bottom first; empty where there was nothing to repair. */
  readonly repairs: readonly LayerRepair[];
  /** What the image did not say, and was decided. */
  readonly decisions: readonly ReportedDecision[];
  /** With `delink`: what was undone. */
  readonly delinked?: DelinkReport;
}

export interface DelinkReport {
  /** The link groups that were; the first name of each stays what it was. */
  readonly groups: readonly (readonly string[])[];
  /** Of all files, each inode once. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

export interface LayerRepair {
  /** From 1, bottom first. */
  readonly layer: number;
  /** `amended`: single entries are other ones, all else stands as it stood. `rewritten`: written anew from the tree. */
  readonly kind: 'amended' | 'rewritten';
  readonly from: Digest;
  readonly to: Digest;
  readonly fromDiffId: DiffId;
  readonly toDiffId: DiffId;
  /** Bytes as stored. */
  readonly sizeBefore: number;
  readonly sizeAfter: number;
  readonly rules: readonly RuleRepairs[];
}

export interface RuleRepairs {
  /** Its id, or `delink`. */
  readonly rule: string;
  /** Places that were repaired. */
  readonly count: number;
  /** The first few of them, relative to the root. */
  readonly paths: readonly string[];
}

export interface ReportedDecision extends Pick<Decision, 'rule' | 'layer' | 'what'> {
  /** Relative to the root. */
  readonly path: string;
  readonly target: string;
}

const shownPaths = 10;

export function reportOf(
  { layers, before, after }: PlannedImage,
  old: readonly LayerState[],
  made: readonly LayerState[],
  delink: Delink | undefined,
): FixReport {
  const repairs = layers.flatMap((layer, at) => {
    const [from, to] = [old[at], made[at]];
    return layer.repair.kind === 'kept' || !from || !to ? [] : [repairOf(layer, layer.repair.kind, from, to)];
  });
  return {
    repairs,
    decisions: layers.flatMap(({ decisions }) => decisions.map(reportedDecision)),
    ...(delink === undefined ? {} : { delinked: delinkReport(before, after) }),
  };
}

function delinkReport(before: Tree, after: Tree): DelinkReport {
  return {
    groups: linkGroups(before).map(({ paths }) => paths.map(toJsonText)),
    bytesBefore: bytesOfFiles(before),
    bytesAfter: bytesOfFiles(after),
  };
}

function repairOf(layer: PlannedLayer, kind: LayerRepair['kind'], from: LayerState, to: LayerState): LayerRepair {
  const decided = Map.groupBy(layer.decisions, ({ rule }) => rule);
  const rules = [
    ...layer.found.map(({ rule, faults }: FoundFaults) =>
      repairs(
        rule.id,
        faults.map(({ path }) => path),
      ),
    ),
    ...[...decided].map(([rule, decisions]) =>
      repairs(
        rule,
        decisions.map(({ path }) => path),
      ),
    ),
  ];
  return {
    layer: layer.number,
    kind,
    from: from.digest,
    to: to.digest,
    fromDiffId: from.diffId,
    toDiffId: to.diffId,
    sizeBefore: from.size,
    sizeAfter: to.size,
    rules: rules.length === 0 ? [{ rule: 'delink', count: 0, paths: [] }] : rules,
  };
}

function repairs(rule: string, paths: readonly ByteString[]): RuleRepairs {
  return { rule, count: paths.length, paths: paths.slice(0, shownPaths).map(toJsonText) };
}

function reportedDecision({ rule, layer, what, path, target }: Decision): ReportedDecision {
  return { rule, layer, what, path: toJsonText(path), target: toJsonText(target) };
}

/** As one phrase for a person. */
export function tellDecision({ layer, path, what, target }: Decision): string {
  const [name, other] = [toDisplayText(path), toDisplayText(target)];
  const told = {
    bound: `${name} becomes a link to what ${other} is at the end of it`,
    dropped: `the link ${name} to ${other} is left out`,
    linked: `${name} becomes a link to ${other}`,
  };
  return `layer ${layer}: ${told[what]}`;
}
