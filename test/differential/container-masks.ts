/** What a clean container of Docker has more than its image. */
import { type ByteString, fromText } from '../../src/base/index.ts';
import { leftOut, type Mask, rootPath, withoutTime } from './masks.ts';

const isOneOf = (...paths: readonly string[]): ((path: ByteString) => boolean) => {
  const wanted = new Set<ByteString>(paths.map(fromText));
  return (path) => wanted.has(path);
};
export const containerMasks: readonly Mask[] = [
  { why: 'Docker ignores the root entry', applies: (path) => path === rootPath, without: leftOut },
  {
    why: 'Docker puts files of its own into every container',
    applies: isOneOf('.dockerenv', 'etc/hosts', 'etc/hostname', 'etc/resolv.conf', 'etc/mtab', 'dev/console'),
    without: leftOut,
  },
  {
    why: 'which moves the time of the directories they are in',
    applies: isOneOf('dev', 'etc'),
    without: withoutTime,
  },
];
