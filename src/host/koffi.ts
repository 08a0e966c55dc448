import { createRequire } from 'node:module';
import type Koffi from 'koffi';

/**
 * koffi, where it can be used: undefined on another system than Linux, where it has no build, or with
 * `HOLDFAST_NATIVE=0`, which asks for the degraded mode.
 */
export const koffi: typeof Koffi | undefined = loadKoffi();

function loadKoffi(): typeof Koffi | undefined {
  if (process.env['HOLDFAST_NATIVE'] === '0' || process.platform !== 'linux') return undefined;
  try {
    const loaded = createRequire(import.meta.url)('koffi') as typeof Koffi;
    // Every thread keeps one call on libuv's pool; without a resident pool each call maps fresh memory for its stack.
    loaded.config({ resident_async_pools: 8, async_stack_size: 64 * 1024, async_heap_size: 64 * 1024 });
    return loaded;
  } catch {
    return undefined;
  }
}
