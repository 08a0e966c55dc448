import { copyHits } from '../copy-causes.ts';
import type { Rule } from '../rule.ts';

export const p08: Rule = {
  id: 'P08',
  title: 'copies in different layers that were links',
  severity: 'note',
  message: { one: 'file is a copy of a file in a lower layer', many: 'files are copies of files in lower layers' },
  explanation:
    'A file of one layer holds the same as a file of another layer under another name. Where an image is cut into layers by size or by package, the names of a link group end up in several layers, each with the whole file. With --content, files from 4 KiB on are compared by what they hold. Without it, files from 64 KiB on that agree in size, time, mode and owner are taken for copies where they have the same last name too, or are eight or more: that is a guess.',
  affected: [
    'chunkah and rpm-ostree (33 to 118 MB for the rpm database)',
    'any program that sorts files into layers without regard to inodes',
  ],
  remedy:
    'keep the names of a link group in one layer; holdfast fix --rule P08 --accept makes links of those that agree in mode, owner and time too.',
  sources: ['https://github.com/coreos/chunkah/issues/146'],
  find: (image) => copyHits(image, 'P08'),
};
