/** Worker threads with typed tasks, errors that keep their code on the way back, and files that grow while they are read. */
export { Arrival, ArrivalFailed } from './arrival.ts';
export type { Delivery } from './delivery.ts';
export { serveTasks } from './serve-tasks.ts';
export { WorkerPool } from './worker-pool.ts';
