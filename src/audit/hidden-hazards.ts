/** Hazards of the catalogue that no look at an image can find. */
import type { Hazard } from '../hazards/index.ts';

export interface HiddenHazard extends Hazard {
  /** Why nothing of it is in an image. */
  readonly hidden: string;
}

export const hiddenHazards: readonly HiddenHazard[] = [
  {
    id: 'P19',
    title: 'links told apart by inode number alone',
    explanation:
      'A program that remembers linked files by their inode number, and not by device and number, takes two files on two file systems for one: one of them comes out with the content of the other.',
    affected: ['kaniko (tar_util.go)'],
    remedy: 'compare the image with the directory that it was made from (holdfast diff).',
    sources: ['https://github.com/GoogleContainerTools/kaniko/blob/main/pkg/util/tar_util.go'],
    hidden: 'The image holds an ordinary link; only the source tells that there were two files.',
  },
  {
    id: 'P21',
    title: 'whiteouts inside link groups during a merge',
    explanation:
      'Merging layers fails with "failed to hardlink during apply" where a layer removes names of a link group.',
    affected: ['BuildKit (MergeOp)'],
    remedy: 'holdfast merge, which works on inodes.',
    sources: ['https://github.com/moby/buildkit/issues/4516'],
    hidden: 'The build fails, so that there is no image.',
  },
  {
    id: 'P22',
    title: 'COPY of a name that is a hard link in the build context',
    explanation: 'The build ends with an error where a path of the context is a hard link to another.',
    affected: ['BuildKit'],
    remedy: 'copy the file before the build.',
    sources: ['https://github.com/moby/buildkit/issues/4879'],
    hidden: 'The build fails, so that there is no image.',
  },
  {
    id: 'C04',
    title: 'links that do not exist, in snapshots of a running container',
    explanation: 'runsc tar wrote hard links between files that are none in the container.',
    affected: ['gVisor (runsc tar)'],
    remedy: 'holdfast snapshot, or holdfast diff against the image.',
    sources: ['https://github.com/google/gvisor/issues/12056'],
    hidden: 'It happens to a running container, whatever image it has.',
  },
  {
    id: 'C05',
    title: 'file descriptors that leak with watched links',
    explanation: 'Watching one name of a link group keeps entries and descriptors of all of them.',
    affected: ['gVisor (gofer)'],
    remedy: 'restart the container.',
    sources: ['https://github.com/google/gvisor/issues/14619'],
    hidden: 'It depends on what programs watch at run time.',
  },
  {
    id: 'C06',
    title: 'inode numbers that change with a restart',
    explanation: 'Numbers of inodes are not the same after the container was started again.',
    affected: ['gVisor (hostPath mounts)'],
    remedy: 'compare link groups and never numbers, as holdfast verify does.',
    sources: ['https://github.com/google/gvisor/issues/10047'],
    hidden: 'An image has no inode numbers.',
  },
  {
    id: 'C15',
    title: 'layers that a power loss cut off',
    explanation: 'A snapshot counts as complete although its blob is not; pulling again does not repair it.',
    affected: ['containerd with the EROFS snapshotter'],
    remedy: 'holdfast verify finds it; remove the snapshot and pull again.',
    sources: ['https://github.com/containerd/containerd/issues/14164'],
    hidden: 'The image is in order; one machine is not.',
  },
  {
    id: 'C22',
    title: 'links of apk packages made copies',
    explanation: 'apko wrote hard links of packages as copies, or took them for symbolic links.',
    affected: ['apko (tar until 2023, EROFS until September 2026)'],
    remedy: 'update apko.',
    sources: [
      'https://github.com/chainguard-dev/apko/issues/560',
      'https://github.com/chainguard-dev/apko/issues/1038',
      'https://github.com/chainguard-dev/apko/issues/2422',
    ],
    hidden: 'It is given packages and no images; the copies that it makes are found as P02.',
  },
  {
    id: 'C31',
    title: 'crash of mkfs on ZFS',
    explanation: 'A heap overflow of the bundled mkfs.erofs ends the pull.',
    affected: ['Docker Sandboxes on ZFS'],
    remedy: 'keep the images on another file system.',
    sources: ['https://github.com/docker/sbx-releases/issues/481'],
    hidden: 'It depends on the file system of the machine.',
  },
];
