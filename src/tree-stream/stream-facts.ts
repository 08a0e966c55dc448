import type { ByteString } from '../base/index.ts';
import type { KnownFacts } from '../tree/index.ts';

/** What the sender could know, as data. */
export interface StreamFacts extends Omit<KnownFacts, 'xattrs'> {
  /** All, none, or all but those of these names; what ends in "." stands for every name that begins so. */
  readonly xattrs: boolean | { readonly except: readonly string[] };
}

export const factNames = [
  'content',
  'size',
  'mode',
  'symlinkMode',
  'owner',
  'mtime',
  'nanoseconds',
  'device',
] as const satisfies readonly (keyof StreamFacts)[];

export function knownFacts({ xattrs, ...facts }: StreamFacts): KnownFacts {
  if (typeof xattrs === 'boolean') return { ...facts, xattrs };
  const { except } = xattrs;
  const isKnown = (name: ByteString): boolean =>
    !except.some((unknown) => (unknown.endsWith('.') ? name.startsWith(unknown) : name === unknown));
  return { ...facts, xattrs: isKnown };
}
