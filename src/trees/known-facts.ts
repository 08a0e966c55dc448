import type { ByteString } from '../base/index.ts';
import type { KnownFacts } from '../tree/index.ts';

/** What both sides of a comparison know. */
export function commonFacts(a: KnownFacts, b: KnownFacts): KnownFacts {
  return {
    content: a.content && b.content,
    size: a.size && b.size,
    mode: a.mode && b.mode,
    symlinkMode: a.symlinkMode && b.symlinkMode,
    owner: a.owner && b.owner,
    mtime: a.mtime && b.mtime,
    nanoseconds: a.nanoseconds && b.nanoseconds,
    xattrs: commonXattrs(a.xattrs, b.xattrs),
    device: a.device && b.device,
  };
}

function commonXattrs(a: KnownFacts['xattrs'], b: KnownFacts['xattrs']): KnownFacts['xattrs'] {
  if (a === true) return b;
  if (b === true) return a;
  if (a === false || b === false) return false;
  return (name: ByteString) => a(name) && b(name);
}
