/** `fix`: an image whose layers say the same tree in a way that other programs do not get wrong. */
import { type Digest, defaultLimits } from '../base/index.ts';
import { editImages, type EditedImage, type EditResult } from '../edit/index.ts';
import { ImageFix } from './image-fix.ts';
import type { FixOptions } from './options.ts';
import type { FixReport } from './report.ts';
import { chooseRules } from './rules.ts';

export interface FixResult extends EditResult {
  readonly images: readonly FixedImage[];
  /** What became of what, each once: layers, manifests, and the index where it is one. Empty where nothing was repaired. */
  readonly digests: readonly ReplacedDigest[];
  readonly dryRun: boolean;
}

export interface FixedImage extends EditedImage, FixReport {}

export interface ReplacedDigest {
  readonly what: 'layer' | 'manifest' | 'index';
  readonly from: Digest;
  readonly to: Digest;
}

/**
 * Rewrites the layers of an image that need it, and no others. Each repaired layer is read back, and what it gives is
 * compared with what the layer gave before, content included, before anything is written to the destination. An image
 * that has nothing to repair keeps its digest.
 *
 * @example
 * import { fixImage } from 'holdfast';
 *
 * const { digests } = await fixImage('registry.example/app:1', 'registry.example/app:1-fixed', { rules: ['P01'] });
 *
 * @throws FIX_UNDECIDED where something has to be decided and `accept` is not set, FIX_UNPROVEN, USAGE for an unknown rule,
 * HOST_UNSUPPORTED for Windows images; the codes of `readLayers` and `applyLayers`, and every code of references, documents,
 * the network and the store
 */
export async function fixImage(from: string, to: string, options: FixOptions = {}): Promise<FixResult> {
  const { rules = [], dryRun = false, limits = defaultLimits } = options;
  const chosen = chooseRules(rules);
  const reports: FixReport[] = [];
  const running = { ...options, delivery: dryRun ? 'never' : 'late' } as const;
  const result = await editImages(from, to, running, (workshop) => {
    return new ImageFix(chosen, { ...options, limits }, { workshop, tell: (report) => reports.push(report) });
  });
  const images = result.images.map((image, at) => ({ ...image, ...(reports[at] ?? nothing) }));
  return { ...result, images, digests: replacedDigests(result, images), dryRun };
}

const nothing: FixReport = { repairs: [], decisions: [] };

function replacedDigests({ sourceDigest, digest }: EditResult, images: readonly FixedImage[]): ReplacedDigest[] {
  const replaced = new Map<string, ReplacedDigest>();
  const add = (what: ReplacedDigest['what'], from: Digest, to: Digest): void => {
    if (from !== to) replaced.set(`${from} ${to}`, { what, from, to });
  };
  for (const image of images) {
    for (const repair of image.repairs) add('layer', repair.from, repair.to);
    add('manifest', image.sourceDigest, image.digest);
  }
  if (
    images.some((image) => image.sourceDigest !== image.digest) &&
    images.every((one) => one.sourceDigest !== sourceDigest)
  ) {
    add('index', sourceDigest, digest);
  }
  return [...replaced.values()];
}
