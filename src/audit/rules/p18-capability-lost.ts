import type { ByteString } from '../../base/index.ts';
import type { Rule } from '../rule.ts';

const capability = 'security.capability' as ByteString;

export const p18: Rule = {
  id: 'P18',
  title: 'file that lost its capabilities in a later layer',
  severity: 'warning',
  message: {
    one: 'file lost its capabilities and is otherwise the same',
    many: 'files lost their capabilities and are otherwise the same',
  },
  explanation:
    'A layer writes a file again with the same size and time and without the file capabilities (security.capability) that it has below. Programs such as ping then stop working for ordinary users.',
  affected: [
    'kaniko',
    'the userspace convertor of accelerated-container-image (overlaybd)',
    'chown of a file in a later step, which clears capabilities on Linux',
  ],
  remedy: 'set the capabilities again in the last step that touches the file.',
  sources: [
    'https://github.com/GoogleContainerTools/kaniko/issues/1837',
    'https://github.com/containerd/accelerated-container-image/issues/251',
  ],
  *find({ layers }) {
    for (const layer of layers) {
      const { number, table } = layer;
      for (const row of layer.rows('file')) {
        const before = layer.existing(row);
        if (before?.xattrs?.has(capability) !== true || table.xattrs(row)?.has(capability) === true) continue;
        const isSame = before.size === table.size(row) && before.mtime.seconds === table.mtime(row).seconds;
        if (isSame) yield { layer: number, path: table.name(row) };
      }
    }
  },
};
