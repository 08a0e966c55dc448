import { parentPath } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

export const p12: Rule = {
  id: 'P12',
  title: 'hard link in a directory that the layer does not list',
  severity: 'note',
  targets: { 'apple-container': 'error' },
  message: {
    one: 'hard link is in a directory that its layer does not list',
    many: 'hard links are in directories that their layer does not list',
  },
  explanation:
    'The layer has no entry for the directory in which a hard link stands. Readers have to make it, as for any file; one made it for files and not for links.',
  affected: ['made by rules_img for Bazel', 'refused by apple/container'],
  remedy: 'holdfast fix writes such layers anew with every directory listed.',
  sources: ['https://github.com/apple/container/issues/1797'],
  *find({ layers }) {
    for (const layer of layers) {
      for (const path of layer.rowsOfLinks.keys()) {
        const parent = parentPath(path);
        if (parent !== '' && !layer.lists(parent)) yield { layer: layer.number, path, other: parent };
      }
    }
  },
};
