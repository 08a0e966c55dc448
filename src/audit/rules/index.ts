/** Every rule, by id. */
import type { Rule } from '../rule.ts';
import { p01 } from './p01-absolute-link-target.ts';
import { p02 } from './p02-copies-in-layer.ts';
import { p03 } from './p03-link-in-later-layer.ts';
import { p04 } from './p04-alias-replaced.ts';
import { p05 } from './p05-copies-of-jib.ts';
import { p06 } from './p06-copies-of-buildpacks.ts';
import { p07 } from './p07-copies-of-nix.ts';
import { p08 } from './p08-copies-across-layers.ts';
import { p09 } from './p09-chained-links.ts';
import { p10 } from './p10-links-in-bootable-image.ts';
import { p11 } from './p11-too-many-links.ts';
import { p12 } from './p12-link-without-parent.ts';
import { p13 } from './p13-link-to-symlink.ts';
import { p14 } from './p14-long-link-target.ts';
import { p15 } from './p15-directory-became-symlink.ts';
import { p16 } from './p16-stray-whiteout.ts';
import { p17 } from './p17-symlink-to-itself.ts';
import { p18 } from './p18-capability-lost.ts';
import { p20 } from './p20-symlink-became-directory.ts';
import { p23 } from './p23-link-before-target.ts';
import { p24 } from './p24-link-without-target.ts';
import { p25 } from './p25-impossible-link.ts';
import { p26 } from './p26-duplicate-entries.ts';
import { p27 } from './p27-link-to-lower-layer.ts';
import { p28 } from './p28-whiteout-and-entry.ts';
import { p29 } from './p29-directory-not-listed.ts';
import { p30 } from './p30-overlay-marks.ts';
import { p31 } from './p31-impossible-entry.ts';
import { p32 } from './p32-link-attributes.ts';
import { p33 } from './p33-root-attributes.ts';
import { p34 } from './p34-opaque-root.ts';
import { p35 } from './p35-time-before-1970.ts';
import { p36 } from './p36-deeper-symlink-became-directory.ts';
import { c01 } from './c01-links-on-cloud-run.ts';
import { c02 } from './c02-links-in-gvisor.ts';
import { c03 } from './c03-package-manager-in-gvisor.ts';
import { c07 } from './c07-target-removed-later.ts';
import { c08 } from './c08-target-replaced-later.ts';
import { c09 } from './c09-kaniko-newest-first.ts';
import { c10 } from './c10-kaniko-writes-through.ts';
import { c11 } from './c11-links-in-microsandbox.ts';
import { c12 } from './c12-very-large-image.ts';
import { c13 } from './c13-layers-in-docker-sandboxes.ts';
import { c14 } from './c14-layers-in-kata.ts';
import { c16 } from './c16-whiteouts-ignored.ts';
import { c17 } from './c17-opaque-over-symlink.ts';
import { c18 } from './c18-link-became-symlink.ts';
import { c19 } from './c19-linked-programs.ts';
import { c20 } from './c20-names-like-whiteouts.ts';
import { c21 } from './c21-links-in-composefs.ts';
import { c23 } from './c23-links-in-genext2fs.ts';
import { c24 } from './c24-size-without-links.ts';
import { c25 } from './c25-links-without-root.ts';
import { c26 } from './c26-links-on-overlayfs.ts';
import { c27 } from './c27-links-on-fuse-overlayfs.ts';
import { c28 } from './c28-pnpm-store.ts';
import { c29 } from './c29-link-across-layers-in-wsl.ts';
import { c30 } from './c30-entries-behind-links.ts';
import { c32 } from './c32-device-nodes.ts';
import { c33 } from './c33-sparse-entries.ts';

/** The hazards that show in images: producers first, then consumers. */
export const rules: readonly Rule[] = [
  p01,
  p02,
  p03,
  p04,
  p05,
  p06,
  p07,
  p08,
  p09,
  p10,
  p11,
  p12,
  p13,
  p14,
  p15,
  p16,
  p17,
  p18,
  p20,
  p23,
  p24,
  p25,
  p26,
  p27,
  p28,
  p29,
  p30,
  p31,
  p32,
  p33,
  p34,
  p35,
  p36,
  c01,
  c02,
  c03,
  c07,
  c08,
  c09,
  c10,
  c11,
  c12,
  c13,
  c14,
  c16,
  c17,
  c18,
  c19,
  c20,
  c21,
  c23,
  c24,
  c25,
  c26,
  c27,
  c28,
  c29,
  c30,
  c32,
  c33,
];
