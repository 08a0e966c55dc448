/** Mirrors first, the registry itself last; whatever a mirror does wrong, the next one is asked. */
import { escapeText, isHoldfastError, type NetworkEvent } from '../base/index.ts';
import type { Place } from './place.ts';

export interface TryOptions {
  readonly onEvent?: ((event: NetworkEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The result of the first place that gives one; the error of the last. */
export async function tryEach<Value>(
  places: readonly [...Place[], Place],
  ask: (place: Place) => Promise<Value>,
  options: TryOptions,
): Promise<Value> {
  for (const place of places.slice(0, -1)) {
    if (place.host.rests) continue;
    try {
      return await ask(place);
    } catch (error) {
      passOver(place, error, options);
    }
  }
  return ask(places.at(-1) ?? places[0]);
}

/** The same for a stream: the next place goes on where the one before stopped. */
export async function* pullFromFirst(
  placesNow: () => readonly [...Place[], Place],
  pull: (place: Place, position: number) => AsyncIterable<Uint8Array>,
  options: TryOptions & { readonly position: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const places = placesNow();
  let at = options.position;
  for (const [number, place] of places.entries()) {
    if (number < places.length - 1 && place.host.rests) continue;
    try {
      for await (const chunk of pull(place, at)) {
        at += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      if (number === places.length - 1) throw error;
      passOver(place, error, options);
    }
  }
}

/** @throws what is no failure of the mirror */
function passOver(place: Place, error: unknown, { onEvent, signal }: TryOptions): void {
  if (signal?.aborted === true || !isHoldfastError(error)) throw error;
  if (isHoldfastError(error, 'CREDENTIALS_INVALID')) throw error;
  // Others found the same out meanwhile, and said so.
  if (place.host.rests) return;
  if (isOutOfReach(error)) place.host.rest();
  const text = `as a mirror it does not help: ${escapeText(error.message)}`;
  onEvent?.({ kind: 'host-warning', host: place.host.registry, text });
}

/** It took its time, and would take it again for every blob. */
function isOutOfReach(error: unknown): boolean {
  return (
    isHoldfastError(error, 'HOST_UNREACHABLE') ||
    isHoldfastError(error, 'TLS_REFUSED') ||
    isHoldfastError(error, 'TRANSFER_INTERRUPTED')
  );
}
