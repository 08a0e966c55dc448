import { copyHits } from '../copy-causes.ts';
import type { Rule } from '../rule.ts';

export const p05: Rule = {
  id: 'P05',
  title: 'links that Jib wrote as copies',
  severity: 'note',
  message: { one: 'file of a Jib layer is a copy of another', many: 'files of Jib layers are copies of others' },
  explanation:
    'Jib follows hard links when it makes layers, so that every name of a group becomes a file of its own. The image says in its history that Jib made it, and it has files that hold the same.',
  affected: ['Jib, all versions'],
  remedy: 'holdfast fix --rule P02 --accept makes links of those that agree in mode, owner and time too.',
  sources: ['https://github.com/GoogleContainerTools/jib/issues/2275'],
  find: (image) => copyHits(image, 'P05'),
};
