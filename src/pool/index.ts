/** Worker threads with typed tasks, and errors that keep their code on the way back. It knows no task. */
export { serveTasks } from './serve-tasks.ts';
export { WorkerPool } from './worker-pool.ts';
