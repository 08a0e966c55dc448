import { repeatedNames } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

export const p26: Rule = {
  id: 'P26',
  title: 'path that one layer has several times',
  severity: 'error',
  targets: { docker: 'error', podman: 'error' },
  message: { one: 'path is in its layer several times', many: 'paths are in their layer several times' },
  explanation:
    'A layer has two entries of one path, or a file and then entries below it. By the specification of tar the last one wins. Docker with its own image store and podman refuse such a layer, even where both entries are directories; others do not agree on what the earlier entry has removed, and scanners may read the first one.',
  affected: [
    'made by programs that append to archives',
    'refused by Docker (overlay2) and podman; taken by containerd',
  ],
  remedy: 'holdfast fix writes such layers anew with the last of the entries.',
  sources: [
    'https://github.com/opencontainers/image-spec/blob/main/layer.md',
    'https://www.gnu.org/software/tar/manual/html_node/multiple.html',
    'https://github.com/vbatts/tar-split',
  ],
  *find({ layers }) {
    for (const { number, table, after, notes } of layers) {
      const isNoted = notes.some(({ code }) => code === 'DUPLICATE_ENTRY' || code === 'CONFLICT_PARENT_REPLACED');
      if (!isNoted) continue;
      for (const { path } of repeatedNames(table, after)) yield { layer: number, path };
    }
  },
};
