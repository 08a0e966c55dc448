/** Which hazard it is that an image holds copies: told by where they are and by who made the image. */
import type { FileCopy } from './copies.ts';
import type { ImageFacts } from './image-facts.ts';
import type { Hit } from './rule.ts';

export type CopyCause = 'P02' | 'P05' | 'P06' | 'P07' | 'P08';

/** The copies of one cause; each copy has one. */
export function* copyHits(image: ImageFacts, wanted: CopyCause): Generator<Hit> {
  const maker = makerOf(image);
  for (const copy of image.copies) {
    const { path, inode, first } = copy;
    if ((causeByPath(copy) ?? maker ?? causeByLayer(copy)) !== wanted) continue;
    yield { layer: inode.layer, path, other: first.path, bytes: inode.size };
  }
}

function causeByPath({ path, first }: FileCopy): CopyCause | undefined {
  return path.startsWith('nix/store/') || first.path.startsWith('nix/store/') ? 'P07' : undefined;
}

function makerOf({ config }: ImageFacts): CopyCause | undefined {
  if (config.history?.some(({ created_by: by = '' }) => by.startsWith('jib-'))) return 'P05';
  const labels = Object.keys(config.config?.Labels ?? {});
  return labels.some((label) => label.startsWith('io.buildpacks.')) ? 'P06' : undefined;
}

function causeByLayer({ inode, first }: FileCopy): CopyCause {
  return inode.layer === first.inode.layer ? 'P02' : 'P08';
}
