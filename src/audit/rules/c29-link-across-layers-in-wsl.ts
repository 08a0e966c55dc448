import { lookup } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

export const c29: Rule = {
  id: 'C29',
  title: 'link target that is not in the layer of the link, in WSL',
  severity: 'note',
  targets: { wsl: 'error' },
  message: {
    one: 'link target may be missing when the image is imported',
    many: 'link targets may be missing when the image is imported',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. wsl --import reads one archive from front to back. A link whose target comes later, or was left out where layers were put together, ends the import: "Hard-link target does not exist".',
  affected: ['wsl --import'],
  remedy: 'import what holdfast export writes: targets come before their links.',
  sources: ['https://github.com/microsoft/WSL/issues/4457'],
  *find({ layers }) {
    for (const { number, table, rowsOfLinks, after, refused } of layers) {
      for (const path of rowsOfLinks.keys()) {
        const inode = lookup(after, path);
        if (inode && inode.layer < number && !inode.children) yield { layer: number, path };
      }
      for (const { row, error } of refused) {
        if (error.code.startsWith('LINK_TARGET')) yield { layer: number, path: table.name(row) };
      }
    }
  },
};
