/** Copies as whoever runs it: FROM INTO TO SOURCE…, each SOURCE for itself, and says what came of it. */
import { isHoldfastError } from '../../src/base/index.ts';
import { copyPaths } from '../../src/cp/index.ts';

const [from = '', into = '', to = '', ...sources] = process.argv.slice(2);
for (const source of sources) {
  try {
    await copyPaths(from, into, to, { sources: [source], dest: '/' });
    console.log(source, 'copied');
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    console.log(source, error.code, error.data['path']);
  }
}
