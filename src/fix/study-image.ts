/** What each layer of an image needs, found out on metadata alone; nothing is written. */
import { HoldfastError, type Limits } from '../base/index.ts';
import type { LayerBodies } from '../edit/index.ts';
import type { LayerIndex } from '../layer/index.ts';
import { applyLayer, diffTrees, emptyTree, isEmptyDiff, type Tree } from '../tree/index.ts';
import { type Aim, chooseRepair, findFaults, type FoundFaults, type Repair, sameRange } from './choose-repair.ts';
import type { Decision } from './decision.ts';
import { type Delink, delinkTree } from './delink.ts';
import { relinkLayer } from './relink.ts';
import type { Rule } from './rule.ts';
import { acrossLayers, withinLayer } from './rules/lost-links.ts';
import { settleLayer } from './settle.ts';

export interface PlannedLayer {
  /** From 1, bottom first. */
  readonly number: number;
  readonly index: LayerIndex;
  readonly found: readonly FoundFaults[];
  readonly decisions: readonly Decision[];
  readonly repair: Repair;
  readonly aim: Aim;
}

export interface PlannedImage {
  readonly layers: readonly PlannedLayer[];
  /** What the image shows now, decisions made. */
  readonly before: Tree;
  /** What it is to show: the same, unless links are undone. */
  readonly after: Tree;
}

export interface StudyOptions {
  readonly rules: readonly Rule[];
  readonly delink: Delink | undefined;
  readonly limits: Limits;
}

/** @throws the code for which a layer is refused, where no rule decides it; the codes of `readLayers` */
export async function studyImage(
  indexes: readonly LayerIndex[],
  bodies: LayerBodies,
  options: StudyOptions,
): Promise<PlannedImage> {
  const study = new Study(bodies, options);
  const layers: PlannedLayer[] = [];
  for (const [at, index] of indexes.entries()) layers.push(await study.next(index, at + 1));
  return { layers, before: study.tree, after: study.shown };
}

class Study {
  /** With everything decided that had to be. */
  tree: Tree = emptyTree;
  /** With the links undone, if that is asked for. */
  shown: Tree = emptyTree;
  readonly #bodies: LayerBodies;
  readonly #options: StudyOptions;

  constructor(bodies: LayerBodies, options: StudyOptions) {
    this.#bodies = bodies;
    this.#options = options;
  }

  async next(index: LayerIndex, number: number): Promise<PlannedLayer> {
    const { rules, delink, limits } = this.#options;
    const settling = { number, limits, isAllowed: (id: string) => rules.some((rule) => rule.id === id) };
    try {
      const settled = settleLayer(this.tree, index.table, settling);
      const linked = await this.#relink(settled.tree, number);
      const decisions = [...settled.decisions, ...linked.decisions];
      const shown = delink === undefined ? linked.tree : delinkTree(linked.tree, delink);
      const isKnown = decisions.length > 0 || delink === undefined;
      const aim = {
        lower: this.shown,
        tree: shown,
        isMet: isKnown ? decisions.length === 0 : gives(index, this.shown, shown, limits),
      };
      const found = findFaults(rules, settled);
      const repair = chooseRepair(settled, found, aim, { rules, limits });
      this.tree = linked.tree;
      this.shown = shown;
      return { number, index, found, decisions, repair, aim };
    } catch (error) {
      throw error instanceof HoldfastError ? error.inLayer({ number, digest: index.digest }) : error;
    }
  }

  async #relink(tree: Tree, number: number): ReturnType<typeof relinkLayer> {
    const { rules } = this.#options;
    const chosen = (rule: Rule): string | undefined => (rules.includes(rule) ? rule.id : undefined);
    const [within, across] = [chosen(withinLayer), chosen(acrossLayers)];
    if (within === undefined && across === undefined) return { tree, decisions: [] };
    return await relinkLayer(tree, { number, bodies: this.#bodies, within, across });
  }
}

function gives({ table }: LayerIndex, lower: Tree, wanted: Tree, limits: Limits): boolean {
  return isEmptyDiff(diffTrees(wanted, applyLayer(lower, table, { limits }), { sameContent: sameRange }));
}
