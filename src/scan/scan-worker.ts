/** The script of a worker thread that takes part in a scan. */
import { serveTasks } from '../pool/index.ts';
import { runScanTask, transferList } from './scan-lane.ts';

serveTasks(runScanTask, transferList);
