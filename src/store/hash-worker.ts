/** The script of a worker thread that hashes files. */
import { serveTasks } from '../pool/index.ts';
import { runHashTask } from './hash-task.ts';

serveTasks(runHashTask, () => []);
