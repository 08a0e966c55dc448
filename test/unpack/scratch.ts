/** What the tests of unpacking and exporting share: scratch directories, images, and processes of other users. */
import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, fromText, type HoldfastError, isHoldfastError } from '../../src/base/index.ts';
import { removeTree } from '../../src/host/index.ts';
import { type Image, openImage } from '../../src/image/index.ts';
import { type BuiltLayer, type EntrySpec, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import type { DriverReport } from '../faults/driver-report.ts';

export const isRoot = process.getuid?.() === 0;

/** Never in the cache of whoever runs the tests; and one that begins empty. */
const shared = fs.mkdtempSync(path.join(tmpdir(), 'holdfast-test-'));
fs.chmodSync(shared, 0o755);
process.env['XDG_CACHE_HOME'] = path.join(shared, 'cache');
/** Where drivers keep what they compiled, whoever runs them. */
const codeCache = path.join(shared, 'code');
fs.mkdirSync(codeCache);
fs.chmodSync(codeCache, 0o1777);
after(() => remove(shared));

/** A directory that everybody can read and that is removed after the test. */
export function scratch(test: TestContext, parent = shared): string {
  const directory = fs.mkdtempSync(path.join(parent, 'case-'));
  fs.chmodSync(directory, 0o755);
  test.after(() => remove(directory));
  return directory;
}

/** Through the project's own remover, because a path may be too long for any other. */
export function remove(directory: string): void {
  const parent = fs.openSync(path.dirname(directory), 'r');
  removeTree(parent, fromText(path.basename(directory)));
  fs.closeSync(parent);
}

export type Layers = readonly (readonly EntrySpec[] | BuiltLayer)[];

/** A layout with one image of these layers; returns the reference. */
export function layoutWith(test: TestContext, layers: Layers): string {
  const directory = path.join(scratch(test), 'layout');
  writeLayout(directory, { latest: imageOf(layers.map(builtLayer)) });
  return `oci:${directory}:latest`;
}

export function builtLayer(layer: readonly EntrySpec[] | BuiltLayer): BuiltLayer {
  return 'tar' in layer ? layer : layerOf(layer);
}

/** An opened image of these layers, closed after the test. */
export async function imageWith(test: TestContext, layers: Layers): Promise<Image> {
  return opened(test, layoutWith(test, layers));
}

/** An opened image, closed after the test. */
export async function opened(test: TestContext, reference: string): Promise<Image> {
  const image = await openImage(reference);
  test.after(() => image[Symbol.asyncDispose]());
  return image;
}

/** Expects one coded error and gives it. */
export async function failure<Code extends ErrorCode>(code: Code, run: Promise<unknown>): Promise<HoldfastError<Code>> {
  const error: unknown = await run.then(
    () => assert.fail(`${code} is expected`),
    (reason: unknown) => reason,
  );
  assert.ok(isHoldfastError(error), error instanceof Error ? error.stack : String(error));
  assert.equal(error.code, code, error.message);
  return error as HoldfastError<Code>;
}

/** The names in a directory, in byte order. */
export function namesIn(directory: string): string[] {
  return fs.readdirSync(directory).sort();
}

export const driver = fileURLToPath(new URL('../faults/driver.ts', import.meta.url));

/** Who runs a driver: the first words of its command line. */
export const nobody = { uid: 65_534, gid: 65_534 } as const;
export const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'] as const;

/** Why nothing can be run as another user here; undefined when it can. */
export const cannotChangeUser = whyNot();

function whyNot(): string | undefined {
  if (!isRoot) return 'only root can become another user';
  const tried = spawnSync(asNobody[0], [...asNobody.slice(1), process.execPath, '--check', driver]);
  if (tried.error) return 'setpriv is not installed';
  return tried.status === 0 ? undefined : 'another user cannot read this checkout';
}

export interface DriverRun {
  readonly command?: 'unpack' | 'export';
  /** Another program than the driver of unpack and export. */
  readonly script?: string;
  readonly reference: string;
  readonly target: string;
  readonly options?: object;
  /** Words before the command, such as those that change the user. */
  readonly through?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
}

/** The words that run a driver. */
export function driverWords({
  command = 'unpack',
  script = driver,
  reference,
  target,
  options = {},
  through = [],
}: DriverRun): string[] {
  return [...through, process.execPath, script, command, reference, target, JSON.stringify(options)];
}

export const driverEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  XDG_CACHE_HOME: '/dev/null/none',
  NODE_COMPILE_CACHE: codeCache,
  NODE_NO_WARNINGS: '1',
};

/** Runs unpack or export in a process of its own. */
export function runDriver(run: DriverRun): DriverReport & { readonly exitCode: number | null } {
  const [program = '', ...words] = driverWords(run);
  const done = spawnSync(program, words, {
    env: { ...driverEnvironment, ...run.environment },
    ...(run.directory === undefined ? {} : { cwd: run.directory }),
    encoding: 'utf8',
  });
  return { ...reportIn(done), exitCode: done.status };
}

function reportIn(done: SpawnSyncReturns<string>): DriverReport {
  assert.ok(done.stdout.startsWith('{'), `the driver reports: ${done.stderr}${done.error?.message ?? ''}`);
  return JSON.parse(done.stdout) as DriverReport;
}
