/** Saves one index again and again, as one of several processes that do so at once. */
import { saveIndex } from '../../src/layer/index.ts';
import { indexAround, largeTable } from './indexes.ts';

const index = indexAround(largeTable());
for (let time = 0; time < 100; time++) saveIndex(index);
