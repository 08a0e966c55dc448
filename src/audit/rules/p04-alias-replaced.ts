import type { Rule } from '../rule.ts';

export const p04: Rule = {
  id: 'P04',
  title: 'one name of a link group replaced in a later layer',
  severity: 'warning',
  message: {
    one: 'name of a link group is replaced, and others of the group keep what was there',
    many: 'names of link groups are replaced, and others of the groups keep what was there',
  },
  explanation:
    'A layer gives one name of a link group another file; the other names keep the old one. By the specification that is what the image means. On a disk with links, writing to one name would have changed all of them: whoever wrote to the file in a container expects the new content under every name. Docker makes such layers; podman writes all names again.',
  affected: [
    'made by Docker and BuildKit when a file with several names is written to in a later step',
    'read differently by programs that look names up again instead of keeping inodes (see C08)',
  ],
  remedy: 'replace all names in the same step, or make the links again in the step that changes the file.',
  sources: [
    'https://github.com/anchore/stereoscope/issues/701',
    'https://github.com/opencontainers/image-spec/issues/1204',
  ],
  *find({ splitLinks }) {
    for (const { layer, path, now } of splitLinks) if (now !== undefined) yield { layer, path };
  },
};
