/** Verifies as whoever runs it: IMAGE TREE. */
import { verify } from '../../src/verify/index.ts';
import { shownFault } from './open-in-memory.ts';

const [image = '', tree = ''] = process.argv.slice(2);
const { ok, faults, unseen } = await verify(image, tree);
console.log(JSON.stringify({ ok, faults: faults.map(shownFault), unseen }));
