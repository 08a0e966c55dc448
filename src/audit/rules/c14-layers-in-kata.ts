import type { ByteString } from '../../base/index.ts';
import type { Rule } from '../rule.ts';

const root = '' as ByteString;

export const c14: Rule = {
  id: 'C14',
  title: 'several layers in Kata Containers',
  severity: 'note',
  targets: { kata: 'error' },
  message: {
    one: 'layer stands on others, and may not reach the guest',
    many: 'layers stand on others, and may not reach the guest',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. With images of several layers on EROFS only the bottom layer reached the guest.',
  affected: ['Kata Containers with runtime-rs, before the fix of #13092'],
  remedy: 'update; holdfast flatten makes one layer; holdfast verify names missing layers.',
  sources: ['https://github.com/kata-containers/kata-containers/issues/13092'],
  *find({ layers }) {
    if (layers.length > 1) yield { layer: layers.length, path: root };
  },
};
