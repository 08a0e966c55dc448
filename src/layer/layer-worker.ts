/** The script of a worker thread that runs layer tasks. */
import { serveTasks } from '../pool/index.ts';
import { runLayerTask, transferList } from './layer-task.ts';

serveTasks(runLayerTask, transferList);
