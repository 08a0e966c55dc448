import type { Rule } from '../rule.ts';
import { isBody } from '../split-links.ts';

export const c19: Rule = {
  id: 'C19',
  title: 'programs that are hard links, in scanners',
  severity: 'note',
  targets: { syft: 'warning', trivy: 'warning', snyk: 'warning', cdxgen: 'warning' },
  message: {
    one: 'program is a hard link, and may not be scanned',
    many: 'programs are hard links, and may not be scanned',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. The entry of a hard link has no content and no size. Scanners that look at entries of files only never look at the program.',
  affected: ['syft and grype (stereoscope) before August 2026', 'Trivy, Snyk Container and cdxgen'],
  remedy:
    'scan holdfast export of the image after holdfast fix --delink-as copy, or a root file system that holdfast unpack made.',
  sources: [
    'https://github.com/anchore/stereoscope/issues/670',
    'https://github.com/aquasecurity/trivy/issues/2634',
    'https://github.com/snyk/snyk-docker-plugin',
    'https://github.com/CycloneDX/cdxgen',
  ],
  *find(image) {
    for (const name of image.linkNames()) {
      const { layer, path, inode } = name;
      if (inode.kind === 'file' && (inode.mode & 0o111) !== 0 && !isBody(name)) yield { layer, path };
    }
  },
};
