/** Programs and platforms an image may be meant for. */

/** By the names that `--target` takes; which hazards concern them stands in the rules. */
export const targets = {
  'apple-container': 'apple/container and its EXT4 unpacker',
  bootc: 'bootc, rpm-ostree and ostree',
  btrfs: 'a root file system on btrfs, or made by mkfs.btrfs',
  cdxgen: 'cdxgen',
  charliecloud: 'Charliecloud',
  'cloud-run': 'Google Cloud Run',
  composefs: 'mkcomposefs',
  'containerd-erofs': "containerd's EROFS snapshotter",
  crane: 'crane export and flatten, and all that uses mutate.Extract of go-containerregistry',
  docker: 'Docker with its own image store (overlay2), any version',
  'docker-29.7': 'Docker 29.7.0 to 29.7.2 with its own image store',
  'docker-sandboxes': 'Docker Sandboxes',
  e2b: 'the template builder of E2B',
  ext4: 'a root file system on ext4, or made by mke2fs or genext2fs',
  'fuse-overlayfs': 'fuse-overlayfs (rootless podman)',
  gvisor: 'gVisor (runsc)',
  hcsshim: 'hcsshim (tar2ext4)',
  kaniko: 'kaniko as the builder of an image FROM this one',
  kata: 'Kata Containers with runtime-rs',
  microsandbox: 'microsandbox',
  'node-tar': 'programs that unpack layers with node-tar before 7.5.10',
  nydus: 'nydus in tar mode',
  ocirender: 'ocirender before its link fixes',
  overlayfs: 'any container on overlayfs',
  podman: 'podman, buildah and CRI-O (containers/storage)',
  snyk: 'Snyk Container',
  syft: 'syft and grype (stereoscope)',
  trivy: 'Trivy',
  umoci: 'umoci without root',
  wsl: 'wsl --import',
} as const;

export type TargetName = keyof typeof targets;

export const targetNames = Object.keys(targets) as readonly TargetName[];
