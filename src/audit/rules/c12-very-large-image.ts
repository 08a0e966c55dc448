import type { ByteString } from '../../base/index.ts';
import type { Rule } from '../rule.ts';

const largeBytes = 4 * 1024 ** 3;
const root = '' as ByteString;

export const c12: Rule = {
  id: 'C12',
  title: 'very large image',
  severity: 'note',
  targets: { microsandbox: 'warning' },
  message: { one: 'image holds more than 4 GiB', many: 'images hold more than 4 GiB' },
  explanation:
    'The image is in order; what hurts it is the program that reads it. Files of a very large image (Ubuntu 26.04 with a desktop) arrived damaged. Which size it takes is not known; 4 GiB is a guess.',
  affected: ['microsandbox 0.6.1'],
  remedy: 'compare the running machine with holdfast verify, which hashes every file.',
  sources: ['https://github.com/superradcompany/microsandbox/issues/1071'],
  *find({ layers, weight }) {
    if (weight.bytes > largeBytes) yield { layer: layers.length, path: root };
  },
};
