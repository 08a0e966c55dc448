import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Image } from '../../src/image/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, listingOfDirectory, type TreeListing } from '../cases/expected-tree.ts';
import { rootPath } from '../cases/tree-listing.ts';
import { cannotMount, mountNamespace } from '../unpack/mounts.ts';
import {
  asNobody,
  cannotChangeUser,
  type DriverRun,
  layoutWith,
  namesIn,
  nobody,
  opened,
  runDriver,
  scratch,
} from '../unpack/scratch.ts';
import { plainImage } from './rich-image.ts';
import { cannotInject, type FaultOutcome, faultPoints, sweep } from './sweep.ts';

const marker = '.holdfast-incomplete';

interface Place {
  readonly reference: string;
  readonly tree: TreeListing;
  /** Another target each time. */
  readonly nextRun: () => DriverRun;
  /** The path by which this process reaches a path of the run. */
  readonly reach: (path: string) => string;
  /** Runs once more, without faults. */
  readonly again: (run: DriverRun) => Promise<{ readonly atomic: boolean }>;
  /** The names in the parent afterwards. */
  readonly complete: readonly string[];
}

interface Sweep {
  readonly calls: readonly string[];
  readonly faults: readonly ('SIGKILL' | 'EIO')[];
}

async function survives(t: TestContext, place: Place, { calls, faults }: Sweep): Promise<void> {
  const { reach, tree, complete } = place;
  let marked = 0;
  const check = async (outcome: FaultOutcome, run: DriverRun): Promise<void> => {
    const target = reach(run.target);
    const parent = path.dirname(target);
    if (outcome.exitCode === 8) {
      assert.match(outcome.report?.error?.code ?? '', /^HOST_(?:REFUSED|LOSS)$/);
      assert.deepEqual(namesIn(parent), ['root']);
      return assert.deepEqual(namesIn(target), []);
    }
    const names = namesIn(target);
    if (outcome.exitCode === undefined && (names.length === 0 || names.includes(marker))) {
      if (names.includes(marker)) marked++;
      assert.equal((await place.again(run)).atomic, false);
      assertSameTree(listingOfDirectory(target), tree);
    } else if (outcome.exitCode === undefined) {
      // The removal of the marker, the very last of it all, moves the time of the target.
      assertSameTree(withoutRoot(listingOfDirectory(target)), withoutRoot(tree));
    } else {
      assert.equal(outcome.exitCode, 0);
      assertSameTree(listingOfDirectory(target), tree);
    }
    assert.deepEqual(namesIn(parent), complete);
  };
  const points = faultPoints(place.nextRun(), calls, faults);
  await sweep(points, place.nextRun, check);
  t.diagnostic(`${points.length} faults, ${marked} of which left a marker`);
  assert.ok(marked > 0 || !faults.includes('SIGKILL'));
}

function withoutRoot(listing: TreeListing): TreeListing {
  return new Map([...listing].filter(([path]) => path !== rootPath));
}

async function mountPoints(t: TestContext): Promise<Place> {
  const { layers, tree } = plainImage({ uid: 1000, gid: 100 });
  const reference = layoutWith(t, layers);
  const image: Image = await opened(t, reference);
  const space = await mountNamespace(t);
  const directory = scratch(t);
  let runs = 0;
  const nextRun = (): DriverRun => {
    const target = path.join(directory, String(++runs), 'root');
    fs.mkdirSync(target, { recursive: true });
    space.mountTmpfs(target);
    return { reference, target, through: space.through };
  };
  return {
    reference,
    tree,
    nextRun,
    reach: space.reach,
    again: ({ target }) => unpack(image, space.reach(target)),
    complete: ['.root.holdfast', 'root'],
  };
}

function closedParents(t: TestContext): Place {
  const { layers, tree } = plainImage(nobody);
  const reference = layoutWith(t, layers);
  const directory = scratch(t);
  let runs = 0;
  const nextRun = (): DriverRun => {
    const target = path.join(directory, String(++runs), 'root');
    fs.mkdirSync(target, { recursive: true });
    fs.chownSync(target, nobody.uid, nobody.gid);
    return { reference, target, through: asNobody };
  };
  const again = (run: DriverRun): Promise<{ readonly atomic: boolean }> => {
    const { result, error } = runDriver(run);
    assert.equal(error, undefined);
    assert.ok(typeof result === 'object' && 'atomic' in result);
    return Promise.resolve(result);
  };
  return { reference, tree, nextRun, reach: (path) => path, again, complete: ['root'] };
}

/** What is inside the marker is staged as beside a target; these also act outside it. */
const calls = ['mkdirat', 'flock', 'renameat2', 'rename', 'unlinkat', 'utimensat'];
const failing = ['renameat2', 'rename', 'unlinkat', 'fchmod'];

void describe('unpack into a mount point, under faults', { skip: cannotInject ?? cannotMount }, () => {
  void it('leaves it empty, marked or complete, whichever call it is killed at', async (t) =>
    survives(t, await mountPoints(t), { calls, faults: ['SIGKILL'] }));

  void it('leaves it empty or complete, whichever call fails', async (t) =>
    survives(t, await mountPoints(t), { calls: failing, faults: ['EIO'] }));
});

void describe(
  'unpack below a parent that cannot be written, under faults',
  { skip: cannotInject ?? cannotChangeUser },
  () => {
    void it('leaves the target empty, marked, or complete', async (t) =>
      survives(t, closedParents(t), { calls: ['renameat2', 'unlinkat'], faults: ['SIGKILL', 'EIO'] }));
  },
);
