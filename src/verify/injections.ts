/** What container engines put into every container, measured in clean ones. */
import { type ByteString, fromJsonText, fromText } from '../base/index.ts';
import { type Inode, joinPath, lookup, parentPath, type Tree } from '../tree/index.ts';
import type { OpenTree } from '../trees/index.ts';
import { placeInImage } from './place-in-image.ts';

/** Who put something there. */
export type Engine = NonNullable<OpenTree['container']>['engine'];

/** Every engine does this: name resolution, and file systems of the kernel. */
const common = ['dev', 'etc/hostname', 'etc/hosts', 'etc/mtab', 'etc/resolv.conf', 'proc', 'sys'];
const ofDocker = [...common, '.dockerenv'];
const ofPodman = [...common, 'run/.containerenv', 'run/secrets'];
/** Those that are mounted there, and so where links of the image lead. */
const mountedFiles = ['etc/hostname', 'etc/hosts', 'etc/resolv.conf'].map(fromText);

/** Paths that an engine puts there or mounts something over, each with everything below it. */
const injectedPaths: Readonly<Record<Engine, readonly string[]>> = {
  docker: ofDocker,
  podman: ofPodman,
  // A probe does not know what started it.
  probe: [...new Set([...ofDocker, ...ofPodman])],
};

/** What tells that a tree is that of a container, whatever it is reached by. */
const markers: Readonly<Partial<Record<Engine, string>>> = { docker: '.dockerenv', podman: 'run/.containerenv' };

/** What is not compared in a container, and why. */
export interface Injections {
  /** Undefined where there is none. */
  readonly engine: Engine | undefined;
  /** With everything below them. */
  readonly paths: ReadonlyMap<ByteString, string>;
  /** Directories whose times say when something was put into them. */
  readonly times: ReadonlyMap<ByteString, string>;
}

export const noInjections: Injections = { engine: undefined, paths: new Map(), times: new Map() };

/**
 * What to expect in a tree besides its image; nothing in what is no container. A tree that has the file by which an engine
 * marks its containers is one, unless the image has it too.
 */
export function injectionsInto(tree: OpenTree, image: OpenTree): Injections {
  const engine = tree.container?.engine ?? markedEngine(tree.tree, image.tree);
  if (engine === undefined) return noInjections;
  const paths = new Map<ByteString, string>();
  for (const path of injectedBy(engine, image.tree)) paths.set(path, engine);
  for (const path of mountsIn(tree, image.tree)) if (!isWithin(path, paths)) paths.set(path, 'mount');
  for (const path of madeOnDemand(tree.tree, image)) if (!isWithin(path, paths)) paths.set(path, engine);
  const times = new Map<ByteString, string>();
  const surroundings = { tree: tree.tree, image: image.tree, holdsOnly: holdsOnlyOf(paths) };
  for (const [path, why] of paths) {
    const isThere = why === 'mount' || lookup(tree.tree, path) !== undefined;
    if (isThere) addParents({ paths, times }, [path, why], surroundings);
  }
  return { engine, paths, times };
}

function injectedBy(engine: Engine, image: Tree): Set<ByteString> {
  const paths = new Set(injectedPaths[engine].map(fromText));
  for (const path of mountedFiles) paths.add(placeInImage(image, path));
  return paths;
}

/** Over this `docker run --init` mounts the first process. */
const dockerInit = '/sbin/docker-init';

/**
 * Engines make the working directory, the places of volumes, and a file to mount something over, where the image has
 * nothing: empty ones.
 */
function* madeOnDemand(tree: Tree, { tree: image, image: opened }: OpenTree): Generator<ByteString> {
  const { WorkingDir = '', Volumes } = opened?.config.config ?? {};
  for (const text of [WorkingDir, ...Object.keys(Volumes ?? {}), dockerInit]) {
    const path = placeInImage(image, fromJsonText(text));
    if (lookup(image, path) === undefined && isEmpty(lookup(tree, path))) yield path;
  }
}

function isEmpty(inode: Inode | undefined): boolean {
  return inode?.kind === 'file' ? inode.size === 0 : inode?.children?.size === 0;
}

function markedEngine(tree: Tree, image: Tree): Engine | undefined {
  const found = Object.entries(markers).find(([, marker]) => {
    return lookup(tree, fromText(marker)) !== undefined && lookup(image, fromText(marker)) === undefined;
  });
  return found?.[0] as Engine | undefined;
}

/** Those that were met, and those that the engine tells of. */
function mountsIn({ container, problems }: OpenTree, image: Tree): Iterable<ByteString> {
  const met = problems.filter((problem) => problem.kind === 'mount' && !problem.isCrossed);
  const told = container?.mounts ?? [];
  const paths = new Set([...told.map((path) => placeInImage(image, path)), ...met.map(({ path }) => path)]);
  paths.delete('' as ByteString);
  return paths;
}

/** A directory that the image does not have was made for what is mounted or put into it, if it holds nothing else. */
function addParents(
  { paths, times }: { readonly paths: Map<ByteString, string>; readonly times: Map<ByteString, string> },
  [path, why]: readonly [ByteString, string],
  { tree, image, holdsOnly }: Surroundings,
): void {
  let above = parentPath(path);
  while (lookup(image, above) === undefined && holdsOnly(above, lookup(tree, above))) {
    paths.set(above, why);
    above = parentPath(above);
  }
  if (!times.has(above)) times.set(above, why);
}

interface Surroundings {
  readonly tree: Tree;
  readonly image: Tree;
  readonly holdsOnly: (path: ByteString, directory: Inode | undefined) => boolean;
}

/** Whether a directory holds such paths and nothing else, below it too. Each directory is looked into once. */
function holdsOnlyOf(paths: ReadonlyMap<ByteString, string>): Surroundings['holdsOnly'] {
  const known = new Map<ByteString, boolean>();
  const holdsOnly = (path: ByteString, directory: Inode | undefined): boolean => {
    if (directory?.children === undefined) return false;
    let answer = known.get(path);
    if (answer === undefined) {
      const { children } = directory;
      answer =
        children.size > 0 &&
        [...children].every(([name, child]) => {
          const below = joinPath(path, name);
          return paths.has(below) || holdsOnly(below, child);
        });
      known.set(path, answer);
    }
    return answer;
  };
  return holdsOnly;
}

function isWithin(path: ByteString, paths: ReadonlyMap<ByteString, string>): boolean {
  for (let at = path; at !== ''; at = parentPath(at)) if (paths.has(at)) return true;
  return false;
}
