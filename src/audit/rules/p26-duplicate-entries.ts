import type { ByteString } from '../../base/index.ts';
import type { EntryKind } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

export const p26: Rule = {
  id: 'P26',
  title: 'path that one layer has several times',
  severity: 'warning',
  targets: { docker: 'warning', podman: 'warning' },
  message: { one: 'path is in its layer several times', many: 'paths are in their layer several times' },
  explanation:
    'A layer names a path more than once, not only as a directory. By the specification of tar the last one wins. Docker and podman refuse some such layers (a directory that was a file before, a whiteout after a file), and scanners may read the first one.',
  affected: ['made by programs that append to archives', 'refused in part by Docker and podman'],
  remedy: 'holdfast fix writes such layers anew with the last of the entries.',
  sources: [
    'https://github.com/opencontainers/image-spec/blob/main/layer.md',
    'https://www.gnu.org/software/tar/manual/html_node/multiple.html',
  ],
  *find({ layers }) {
    for (const { number, table, notes } of layers) {
      if (!notes.some(({ code }) => code === 'DUPLICATE_ENTRY')) continue;
      const seen = new Map<ByteString, EntryKind>();
      for (let row = 0; row < table.length; row++) {
        const [path, kind] = [table.name(row), table.kind(row)];
        if (kind === 'whiteout' || kind === 'opaque') continue;
        const before = seen.get(path);
        if (before !== undefined && !(before === 'directory' && kind === 'directory')) yield { layer: number, path };
        seen.set(path, kind);
      }
    }
  },
};
