/** The script of a worker thread that hashes scanned files. */
import { serveTasks } from '../pool/index.ts';
import { runDigestTask } from './digest-lane.ts';

serveTasks(runDigestTask, () => []);
