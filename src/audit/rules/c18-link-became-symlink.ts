import type { Rule } from '../rule.ts';

export const c18: Rule = {
  id: 'C18',
  title: 'name of a link group that becomes a symbolic link',
  severity: 'note',
  targets: { syft: 'error' },
  message: { one: 'name of a link group becomes a symbolic link', many: 'names of link groups become symbolic links' },
  explanation:
    'The image is in order; what hurts it is the program that reads it. Caches of uv and pip are linked into environments and later replaced by symbolic links. stereoscope took that for a cycle and gave up on the image.',
  affected: ['syft and grype (stereoscope) before August 2026'],
  remedy: 'update; clean caches in the step that fills them.',
  sources: ['https://github.com/anchore/stereoscope/issues/665', 'https://github.com/anchore/stereoscope/issues/670'],
  *find({ splitLinks }) {
    for (const split of splitLinks) {
      const { layer, path } = split;
      if (split.now?.kind === 'symlink') yield { layer, path };
    }
  },
};
