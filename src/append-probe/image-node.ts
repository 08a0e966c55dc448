/** Whether an image has a Node of its own that can run the probe. */
import { type ByteString, fromText, isHoldfastError } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import { resolvePath, type Tree } from '../tree/index.ts';

/** What a runtime takes where the image sets no PATH. */
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const oldest = 20;
const executable = 0o111;

/**
 * The absolute path of `node` on the PATH of the image; undefined where there is none, or one that says in NODE_VERSION, as
 * the official images do, that it is too old.
 */
export function nodeOfImage({ config }: Pick<Image, 'config'>, tree: Tree): string | undefined {
  const env = new Map(
    (config.config?.Env ?? []).map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]),
  );
  const version = Number(/^v?(\d+)/.exec(env.get('NODE_VERSION') ?? '')?.[1] ?? oldest);
  if (version < oldest) return undefined;
  return (env.get('PATH') ?? usualPath)
    .split(':')
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => `${directory.replace(/\/+$/, '')}/node`)
    .find((file) => isProgram(tree, fromText(file)));
}

function isProgram(tree: Tree, path: ByteString): boolean {
  try {
    const { inode } = resolvePath(tree, path, { followLast: true });
    return inode.kind === 'file' && (inode.mode & executable) !== 0;
  } catch (error) {
    if (isHoldfastError(error, 'PATH_NOT_FOUND')) return false;
    throw error;
  }
}
