import { lookup } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

export const c30: Rule = {
  id: 'C30',
  title: 'entries behind a symbolic link of their own layer',
  severity: 'note',
  targets: { 'node-tar': 'error' },
  message: {
    one: 'symbolic link has entries of the same layer behind it',
    many: 'symbolic links have entries of the same layer behind them',
  },
  explanation:
    'Entries go through a symbolic link that the same layer has placed before. Inside the root that is harmless. Readers that look the path up again, outside of the root, were made to write anywhere by it: several CVEs in node-tar and go-archive are of that kind.',
  affected: [
    'node-tar before 7.5.10 (CVE-2026-23745, -24842, -26960, -29786)',
    'go-archive before 0.3.0 (CVE-2026-17106)',
  ],
  remedy:
    'do not unpack images of strangers with such programs; holdfast fix names the entries as they are without the link.',
  sources: [
    'https://github.com/nodejs/nodejs-dependency-vuln-assessments/issues/266',
    'https://github.com/moby/moby/issues/53247',
  ],
  *find({ layers }) {
    for (const layer of layers) {
      for (const path of layer.ancestors) {
        const inode = lookup(layer.after, path);
        if (inode?.kind === 'symlink' && inode.layer === layer.number) yield { layer: layer.number, path };
      }
    }
  },
};
