/** The command as it runs from its sources. */
import { main } from '../../src/cli/index.ts';

await main();
