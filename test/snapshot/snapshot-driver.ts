/** Takes a snapshot as whoever runs it: BASE ROOTFS LAYER. */
import { snapshot } from '../../src/snapshot/index.ts';

const [base = '', directory = '', output = ''] = process.argv.slice(2);
const { changes } = await snapshot(base, directory, output);
for (const { change, path, aspects = [] } of changes) console.log(change, path, ...aspects);
