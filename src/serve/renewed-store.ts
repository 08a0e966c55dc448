/** A layout that stays open for as long as a server runs. */
import type { LayoutStore } from '../store/index.ts';

/**
 * A store keeps `store gc` from removing whatever it was ever asked for, until it is disposed of. A server runs for months;
 * it opens the layout anew every period, and so counts on what it was asked for during the last one or two.
 *
 * @param period milliseconds; far longer than any client takes between two requests of one push
 */
export function openRenewedStore(open: () => LayoutStore, period = 60 * 60 * 1000): LayoutStore {
  let current = open();
  let previous: LayoutStore | undefined;
  const renew = (): void => {
    const fresh = attempt(open);
    if (fresh === undefined) return;
    previous?.[Symbol.dispose]();
    [previous, current] = [current, fresh];
  };
  const timer = setInterval(renew, period).unref();
  return {
    get directory() {
      return current.directory;
    },
    open: (digest) => current.open(digest),
    ingest: (descriptor, signal) => current.ingest(descriptor, signal),
    put: (descriptor, bytes, signal) => current.put(descriptor, bytes, signal),
    remove: (digest) => current.remove(digest),
    manifests: () => current.manifests(),
    update: (change, signal) => current.update(change, signal),
    tag: (name, descriptor, signal) => current.tag(name, descriptor, signal),
    markUsed: (image, name) => current.markUsed(image, name),
    [Symbol.dispose]() {
      clearInterval(timer);
      previous?.[Symbol.dispose]();
      current[Symbol.dispose]();
    },
  };
}

/** What cannot be opened now may be another time; until then the open one serves. */
function attempt(open: () => LayoutStore): LayoutStore | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}
