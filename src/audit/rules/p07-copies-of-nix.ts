import { copyHits } from '../copy-causes.ts';
import type { Rule } from '../rule.ts';

export const p07: Rule = {
  id: 'P07',
  title: 'files of the Nix store that are there twice',
  severity: 'note',
  message: {
    one: 'file is in the Nix store and in the image once more',
    many: 'files are in the Nix store and in the image once more',
  },
  explanation:
    'dockerTools.buildImage of nixpkgs can put the content of a store path both below /nix/store and into the root. Both are whole copies.',
  affected: ['dockerTools.buildImage with contents'],
  remedy: 'use dockerTools.buildLayeredImage or copyToRoot with symbolic links.',
  sources: ['https://github.com/NixOS/nixpkgs/issues/94636'],
  find: (image) => copyHits(image, 'P07'),
};
