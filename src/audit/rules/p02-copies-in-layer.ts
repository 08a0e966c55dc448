import { copyHits } from '../copy-causes.ts';
import type { Rule } from '../rule.ts';

export const p02: Rule = {
  id: 'P02',
  title: 'copies in one layer that were links',
  severity: 'note',
  message: {
    one: 'file is a copy of another file in its layer',
    many: 'files are copies of other files in their layer',
  },
  explanation:
    'Several files of one layer hold the same, and are no links of each other. Where a link group is copied from one stage of a build to another, some builders write every name as a file of its own, which multiplies the size of the image. With --content, files from 4 KiB on are compared by what they hold. Without it, files from 64 KiB on that agree in size, time, mode and owner are taken for copies where they have the same last name too, or are eight or more: that is a guess.',
  affected: ['kaniko, and its fork before 1.28, at COPY --from (a git image grew from 83 MB to 720 MB)'],
  remedy:
    'link them again before the layer is made (COPY the whole directory in one step with another builder, or hardlink -c in the same RUN); holdfast fix --rule P02 --accept makes links of those that agree in mode, owner and time too.',
  sources: [
    'https://github.com/GoogleContainerTools/kaniko/issues/1743',
    'https://github.com/GoogleContainerTools/kaniko/issues/2594',
    'https://github.com/osscontainertools/kaniko/issues/630',
  ],
  find: (image) => copyHits(image, 'P02'),
};
