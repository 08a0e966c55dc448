/** Runs the command, and says then how much memory that took at most, in KiB. */
import { readFileSync } from 'node:fs';
import { main } from '../../src/cli/index.ts';

await main();
console.log(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
