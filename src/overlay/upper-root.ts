/** The root of an upper directory: what a mount shows of the root is what stands here. */
import { host, isHostXattr, setAttributes } from '../host/index.ts';

/**
 * Gives the root of a new upper directory the attributes of the one below, so that mounting changes nothing.
 * @param lower open, as is `upper`
 * @throws HOST_REFUSED
 */
export function likeBelow(lower: number, upper: number): void {
  const names = host.listXattrsOf(lower).filter((name) => !isHostXattr(name));
  const xattrs = new Map(
    names.flatMap((name) => {
      const value = host.readXattrOf(lower, name);
      return value ? [[name, value] as const] : [];
    }),
  );
  const { uid, gid } = host.identifyOpen(upper);
  const policy = { uidMap: [], gidMap: [], hostXattrs: false, freshUid: uid, freshGid: gid };
  setAttributes({ file: upper }, { ...host.identifyOpen(lower), xattrs }, policy);
}
