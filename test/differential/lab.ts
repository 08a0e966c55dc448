/** The real images, which `npm run lab` builds. */
import fs from 'node:fs';
import { join } from 'node:path';
import { usersCache } from './scratch.ts';

const lab = process.env['HOLDFAST_LAB_DIR'] ?? join(usersCache, 'holdfast-lab');

/** An OCI layout with the tags `debian` and `big`. */
export const labImages = join(lab, 'images');

/** A Debian package that can be installed into the image `debian` without a network. */
export const labPackage = join(lab, 'package.deb');

/** Why there is no lab here; false where there is one. */
export const whyNoLab: string | false =
  !fs.existsSync(join(labImages, 'index.json')) && 'the lab images are missing (npm run lab)';
