/** A registry, a home and a store for one test, and the command that sees nothing else of this machine. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandTable } from '../../src/cli/index.ts';
import { startTestRegistry, type TestRegistry, type TestRegistryOptions } from '../../src/testing/index.ts';
import { cacheHome, scratch } from '../inspect/example.ts';
import { cli, type CliOptions, type CliResult } from './run-cli.ts';

export interface Places {
  readonly directory: string;
  readonly registry: TestRegistry;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly env: Readonly<Record<string, string>>;
  run(argv: readonly string[], options?: CliOptions): Promise<CliResult>;
  /** Runs what must succeed. */
  done(argv: readonly string[], options?: CliOptions): Promise<CliResult>;
  /** Runs what must succeed, for its JSON, whose keys must be the documented ones. */
  json<Result = Readonly<Record<string, unknown>>>(argv: readonly string[], options?: CliOptions): Promise<Result>;
  /** Runs what must fail with this exit code; gives what it said on stderr. */
  fails(code: number, argv: readonly string[], options?: CliOptions): Promise<string>;
}

/** All of it is gone after the test. */
export async function places(test: TestContext, options: TestRegistryOptions = {}): Promise<Places> {
  const directory = scratch(test);
  const registry = await startTestRegistry(options);
  test.after(() => registry[Symbol.asyncDispose]());
  const env = {
    HOME: path.join(directory, 'home'),
    HOLDFAST_STORE: path.join(directory, 'store'),
    XDG_CACHE_HOME: cacheHome,
  };
  const run: Places['run'] = (argv, own = {}) => cli(argv, { ...own, env: { ...env, ...own.env } });
  const done: Places['done'] = async (argv, own) => {
    const result = await run(argv, own);
    assert.equal(result.code, 0, `${argv.join(' ')}\n${result.stderr}`);
    return result;
  };
  return {
    directory,
    registry,
    host: registry.host,
    env,
    run,
    done,
    async json<Result>(argv: readonly string[], own?: CliOptions) {
      const { stdout } = await done([...argv, '--format', 'json'], own);
      const result = JSON.parse(stdout) as Result & object;
      assertDocumented(argv, result);
      return result;
    },
    async fails(code, argv, own) {
      const result = await run(argv, own);
      assert.equal(result.code, code, `${argv.join(' ')}\n${result.stderr}`);
      assert.equal(result.stdout, '');
      assert.match(result.stderr, /^(?:[^\n]*\n)*error: .* \[[A-Z_]+\]\n(?:hint: .*\n)?$/);
      return result.stderr;
    },
  };
}

/** Every key at the top is in docs/cli.md, and every one that is there without a question mark is given. */
export function assertDocumented(argv: readonly string[], result: object): void {
  const json = commandTable.find(({ name }) => name === argv[0])?.json ?? '';
  const shape = argv[0] === 'store' ? new RegExp(`${argv[1]}: (\\{.*?\\})(?:;|$)`).exec(json)?.[1] : json;
  const documented = topKeys(shape ?? '');
  const given = Object.keys(result);
  const required = documented.filter((key) => !key.endsWith('?'));
  assert.deepEqual(
    given.filter((key) => !documented.includes(key) && !documented.includes(`${key}?`)),
    [],
    'keys that are not documented',
  );
  assert.deepEqual(
    required.filter((key) => !given.includes(key)),
    [],
    'keys that are missing',
  );
}

/** `key`, or `key?`, of the object itself. */
function topKeys(shape: string): string[] {
  let inner = shape.slice(1, shape.lastIndexOf('}'));
  while (/[{[]/.test(inner)) inner = inner.replace(/[{[][^{}[\]]*[}\]]/g, '');
  return [...inner.matchAll(/"(\w+)"(\??)/g)].map(([, key, mark]) => `${key}${mark}`);
}

/** A terminal at which somebody types; `typed` are the answers, each given when it is asked for. */
export function terminal(...typed: readonly string[]): PassThrough & { readonly isTTY: true } {
  const stdin = Object.assign(new PassThrough(), { isTTY: true as const, setRawMode: () => {} });
  const left = [...typed];
  stdin.on('resume', () => {
    const next = left.shift();
    if (next !== undefined) setTimeout(() => stdin.write(next), 10);
  });
  return stdin;
}

/** Waits until a text looks as it should. */
export async function until(text: () => string, wanted: RegExp): Promise<RegExpExecArray> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const found = wanted.exec(text());
    if (found) return found;
    await sleep(10);
  }
  return assert.fail(`it says ${JSON.stringify(text())}`);
}
