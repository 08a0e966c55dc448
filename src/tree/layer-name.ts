/** What the name of a layer entry means, before any tree is looked at. */
import { type ByteString, HoldfastError, type Limits, limitFlags } from '../base/index.ts';

/** The longest path component a Linux file system holds, in bytes. */
const maxComponentBytes = 255;

/**
 * The role of a name: an ordinary path, a marker that removes `path` or everything below `path`, or a reserved AUFS
 * name without effect.
 */
export interface LayerName {
  readonly role: 'entry' | 'whiteout' | 'opaque' | 'ignored';
  /** Normalised: no leading, trailing or doubled "/", no "." component; "" is the root. */
  readonly path: ByteString;
}

/** The AUFS names at the root that exist, as hard link targets, only while their layer is applied. */
export const aufsNames = ['.wh..wh.plnk', '.wh..wh.orph', '.wh..wh.aufs'] as const as readonly string[];

/**
 * Reads the name of an entry.
 * @throws NAME_ESCAPES, NAME_NUL, NAME_TOO_LONG, NAME_RESERVED, WHITEOUT_INVALID, LIMIT_EXCEEDED
 */
export function readLayerName(name: ByteString, limits: Pick<Limits, 'maxDepth'>): LayerName {
  const path = normalisePath(name, limits);
  const slash = path.lastIndexOf('/');
  const last = path.slice(slash + 1);
  if (!last.startsWith('.wh.')) return { role: 'entry', path };
  const parent = path.slice(0, Math.max(slash, 0)) as ByteString;
  if (last === '.wh..wh..opq') return { role: 'opaque', path: parent };
  if (parent === '' ? aufsNames.includes(last) : false) return { role: 'entry', path };
  if (last.startsWith('.wh..wh.')) return { role: 'ignored', path };
  const removed = last.slice(4);
  if (removed === '' || removed === '.' || removed === '..') throw new HoldfastError('WHITEOUT_INVALID', { name });
  return { role: 'whiteout', path: (parent === '' ? removed : `${parent}/${removed}`) as ByteString };
}

/**
 * Normalises a name or a hard link target, which is always relative to the root.
 * @throws NAME_ESCAPES, NAME_NUL, NAME_TOO_LONG, NAME_RESERVED, LIMIT_EXCEEDED
 */
export function normalisePath(name: ByteString, limits: Pick<Limits, 'maxDepth'>): ByteString {
  if (name.includes('\0')) throw new HoldfastError('NAME_NUL', { name });
  const path = isNormal(name) ? name : (name.split('/').filter(isComponent).join('/') as ByteString);
  checkComponents(path, name, limits.maxDepth);
  return path;
}

function isComponent(part: string): boolean {
  return part !== '' && part !== '.';
}

function isNormal(name: string): boolean {
  if (name === '' || name.startsWith('/') || name.endsWith('/') || name.includes('//')) return false;
  return !(name === '.' || name.startsWith('./') || name.includes('/./') || name.endsWith('/.'));
}

function checkComponents(path: string, name: ByteString, maxDepth: number): void {
  let depth = 0;
  let start = 0;
  while (start <= path.length) {
    const slash = path.indexOf('/', start);
    const end = slash === -1 ? path.length : slash;
    checkComponent(path, start, end, name);
    depth++;
    start = end + 1;
  }
  if (depth > maxDepth) {
    throw new HoldfastError('LIMIT_EXCEEDED', {
      limit: 'path components',
      flag: limitFlags.maxDepth,
      value: String(maxDepth),
      path: name,
    });
  }
}

/** @throws NAME_TOO_LONG */
export function checkComponentLength(bytes: number, name: ByteString): void {
  if (bytes > maxComponentBytes) throw new HoldfastError('NAME_TOO_LONG', { name, bytes, limit: maxComponentBytes });
}

function checkComponent(path: string, start: number, end: number, name: ByteString): void {
  // What a marker removes may be as long as any name, and no file is ever called like the marker.
  const isMarker = end === path.length && path.startsWith('.wh.', start);
  checkComponentLength(end - start - (isMarker ? 4 : 0), name);
  if (path.charCodeAt(start) !== 0x2e) return;
  if (end - start === 2 && path.charCodeAt(start + 1) === 0x2e) throw new HoldfastError('NAME_ESCAPES', { name });
  if (end === path.length || !path.startsWith('.wh.', start)) return;
  const component = path.slice(start, end);
  if (start === 0 && (component === '.wh..wh.plnk' || component === '.wh..wh.orph')) return;
  throw new HoldfastError('NAME_RESERVED', { name });
}
