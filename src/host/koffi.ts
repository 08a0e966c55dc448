import { createRequire } from 'node:module';
import type Koffi from 'koffi';

let known: { readonly koffi: typeof Koffi | undefined } | undefined;

/**
 * koffi, where it can be used: undefined on another system than Linux, where it has no build, or with
 * `HOLDFAST_NATIVE=0`, which asks for the degraded mode. Loaded when first asked for, because that takes a tenth of the
 * time a short command has.
 */
export function findKoffi(): typeof Koffi | undefined {
  known ??= { koffi: loadKoffi() };
  return known.koffi;
}

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
