import type { ByteString } from '../../base/index.ts';
import type { Rule } from '../rule.ts';

const root = '' as ByteString;

export const c13: Rule = {
  id: 'C13',
  title: 'several layers in Docker Sandboxes',
  severity: 'note',
  targets: { 'docker-sandboxes': 'error', 'containerd-erofs': 'error' },
  message: { one: 'layer stands on others, and may be left out', many: 'layers stand on others, and may be left out' },
  explanation:
    'The image is in order; what hurts it is the program that reads it. The EROFS snapshotter of containerd left upper layers out without an error when the base image was there already: the container starts without what the build added.',
  affected: ['Docker Sandboxes 0.37', 'containerd with the EROFS snapshotter, before the fixes of #13860 and #13876'],
  remedy: 'update; holdfast flatten makes one layer; holdfast verify names missing layers.',
  sources: [
    'https://github.com/docker/sbx-releases/issues/366',
    'https://github.com/containerd/containerd/issues/13860',
    'https://github.com/containerd/containerd/issues/13876',
  ],
  *find({ layers }) {
    if (layers.length > 1) yield { layer: layers.length, path: root };
  },
};
