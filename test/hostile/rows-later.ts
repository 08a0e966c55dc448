/** What the table holds for operations that do not exist yet. */
import type { LaterRow } from './hostile-row.ts';

export const laterRows: readonly LaterRow[] = [
  {
    id: 'D16',
    title: 'a live file is really named “.wh.x”',
    consequence: 'As a layer it would delete a file.',
    comesWith: 'snapshot and diff',
  },
  {
    id: 'E4',
    title: 'a live tree holds sockets',
    consequence: 'An archive cannot hold them.',
    comesWith: 'snapshot and diff',
  },
  {
    id: 'I1',
    title: 'a source of a copy leads out of the context',
    consequence: 'Files of the host get into the image (buildah CVE-2026-44517).',
    comesWith: 'build and copy',
  },
  {
    id: 'I2',
    title: 'a Dockerfile or ignore file is a link out of the context',
    consequence: 'Files of the host are read.',
    comesWith: 'build',
  },
  {
    id: 'I3',
    title: 'the parent of a destination is a link in the root file system',
    consequence: 'The host is written to (podman CVE-2019-10152, Docker CVE-2018-15664).',
    comesWith: 'build and copy',
  },
  {
    id: 'I4',
    title: 'a pattern is expanded with the host’s view of links',
    consequence: 'Files of the host get into the image (podman CVE-2019-18466).',
    comesWith: 'build and copy',
  },
  {
    id: 'I5',
    title: 'a build adds a hostile archive, repository or address',
    consequence: 'All of this document, inside a build (kaniko CVE-2026-28406, BuildKit CVE-2026-33748).',
    comesWith: 'build',
  },
  {
    id: 'I6',
    title: 'a build step removes or makes a path with “..” or none',
    consequence: 'Directories of the host are emptied (BuildKit GHSA-32pv-7hq5-qhwq).',
    comesWith: 'build',
  },
  {
    id: 'I7',
    title: 'a mount of a build step goes through links',
    consequence: 'The host is mounted into the step (buildah CVE-2024-1753, BuildKit CVE-2024-23651).',
    comesWith: 'build',
  },
  {
    id: 'I8',
    title: '“/dev”, “/proc” or “/etc/resolv.conf” of an image are links',
    consequence: 'Preparing a step writes to the host (runc CVE-2025-52881).',
    comesWith: 'build',
  },
  {
    id: 'I9',
    title: '“/etc/passwd” is a link, a pipe, or has a line of ten gigabytes',
    consequence: 'The tool waits for ever or runs out of memory (podman CVE-2024-9676).',
    comesWith: 'build',
  },
  {
    id: 'I10',
    title: 'a build step inherits capabilities, descriptors or the environment',
    consequence: 'The step gets out (runc CVE-2024-21626).',
    comesWith: 'build',
  },
  {
    id: 'I11',
    title: 'a file changes while it is packed',
    consequence: 'The archive is broken, or holds memory of the tool (node-tar CVE-2025-64118).',
    comesWith: 'snapshot and diff',
  },
  {
    id: 'I12',
    title: 'secrets of a build end in a layer or in its history',
    consequence: 'They are published (BuildKit CVE-2023-26054).',
    comesWith: 'build',
  },
  {
    id: 'J5',
    title: 'a tree changes while it is verified',
    consequence: 'It is called right and is not.',
    comesWith: 'verify',
  },
];
