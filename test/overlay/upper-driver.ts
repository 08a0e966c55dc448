/** Takes a snapshot of an upper directory as whoever runs it: BASE UPPER LAYER. */
import { isHoldfastError } from '../../src/base/index.ts';
import { snapshot } from '../../src/snapshot/index.ts';

const [base = '', upper = '', output = ''] = process.argv.slice(2);
try {
  const { changes } = await snapshot(base, { upper }, output);
  for (const { change, path, aspects = [] } of changes) console.log(change, path, ...aspects);
} catch (error) {
  console.log(isHoldfastError(error) ? error.code : error);
}
