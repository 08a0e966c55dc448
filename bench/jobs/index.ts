import type { Job } from '../job.ts';
import { cpJob } from './cp.ts';
import { exportJob } from './export.ts';
import { hugeFileJob } from './huge-file.ts';
import { lookJob } from './look.ts';
import { mergeJob } from './merge.ts';
import { overlayJob } from './overlay.ts';
import { pullJob } from './pull.ts';
import { scalingJob } from './scaling.ts';
import { snapshotJob } from './snapshot.ts';
import { unpackJob } from './unpack.ts';
import { verifyJob } from './verify.ts';

export const jobs: readonly Job[] = [
  unpackJob,
  pullJob,
  exportJob,
  lookJob,
  scalingJob,
  hugeFileJob,
  snapshotJob,
  overlayJob,
  verifyJob,
  mergeJob,
  cpJob,
];
