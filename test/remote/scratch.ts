/** A registry, a store and a cache for one test, and the command with nothing else of this machine. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { EngineEvent, ErrorCode, HoldfastError } from '../../src/base/index.ts';
import { isHoldfastError } from '../../src/base/index.ts';
import { createHttpClient, type HttpOptions } from '../../src/http/index.ts';
import { createRegistryClient, type NetworkOptions, type RegistryClient } from '../../src/registry/index.ts';
import { type Image, openImage, type OpenOptions } from '../../src/image/index.ts';
import { startTestRegistry, type TestRegistry, type TestRegistryOptions } from '../../src/testing/index.ts';
import { cli, type CliOptions, type CliResult } from '../cli/run-cli.ts';

export interface HurriedUse {
  readonly network: NetworkOptions;
  readonly registry: RegistryClient;
  /** Ends its connections; after the test that is done by itself. */
  close(): Promise<void>;
}

export interface Remote {
  /** Of this test alone. Its parts: `store`, `cache`, and whatever the test makes. */
  readonly directory: string;
  readonly registry: TestRegistry;
  /** The environment of a command that knows nothing of this machine. */
  readonly env: Readonly<Record<string, string>>;
  /** How an operation gets at registries from here, with the manners and the patience of the command. */
  readonly network: { readonly network: NetworkOptions };
  /** The same, but it waits hundredths of the time before it tries again, and a second where nothing comes. */
  hurried(options?: HttpOptions): HurriedUse;
  cli(argv: readonly string[], options?: CliOptions): Promise<CliResult>;
  /** Forgets the blobs, or the indexes of layers, or both. */
  forget(...parts: readonly ('store' | 'cache')[]): void;
}

/** Everything is gone after the test, and no file is left open. */
export async function remote(test: TestContext, options: TestRegistryOptions = {}): Promise<Remote> {
  const directory = fs.mkdtempSync(join(tmpdir(), 'holdfast-remote-'));
  const registry = await startTestRegistry(options);
  test.after(async () => {
    await registry[Symbol.asyncDispose]();
    const left = filesOpenBelow(directory);
    fs.rmSync(directory, { recursive: true, force: true });
    assert.deepEqual(left, [], 'files are left open');
  });
  const env = {
    HOME: directory,
    HOLDFAST_STORE: join(directory, 'store'),
    XDG_CACHE_HOME: join(directory, 'cache'),
  };
  // Where the indexes of layers are kept is decided by the process.
  process.env['XDG_CACHE_HOME'] = env.XDG_CACHE_HOME;
  const network = { network: { env } };
  return {
    directory,
    registry,
    env,
    network,
    hurried(own = {}) {
      const http = createHttpClient({ env: {}, delayScale: 0.01, idleTimeout: 1000, ...own });
      const close = async (): Promise<void> => http[Symbol.asyncDispose]();
      test.after(close);
      return { ...network, registry: createRegistryClient({ http, delayScale: 0.01 }), close };
    },
    cli: (argv, own = {}) => cli(argv, { ...own, env: { ...env, ...own.env } }),
    forget(...parts) {
      for (const part of parts) fs.rmSync(join(directory, part), { recursive: true, force: true });
    },
  };
}

/** What this process has open below a directory, deleted files included. */
export function filesOpenBelow(directory: string): string[] {
  return fs
    .readdirSync('/proc/self/fd')
    .flatMap((fd) => {
      try {
        return [fs.readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        return [];
      }
    })
    .filter((target) => target.startsWith(directory));
}

/** The coded error of work that must fail. */
export async function failure(code: ErrorCode, work: Promise<unknown>): Promise<HoldfastError> {
  const error: unknown = await work.then(
    () => assert.fail(`${code} is expected`),
    (reason: unknown) => reason,
  );
  assert.ok(isHoldfastError(error), error instanceof Error ? error.stack : String(error));
  assert.equal(error.code, code, error.message);
  return error;
}

/** Opens an image for one use. */
export async function withImage<Result>(
  reference: string,
  options: OpenOptions,
  use: (image: Image) => Promise<Result>,
): Promise<Result> {
  await using image = await openImage(reference, options);
  return await use(image);
}

/** The requests for blobs that a registry got, as `METHOD digest`. */
export function blobRequests(registry: TestRegistry): string[] {
  return registry.requests.flatMap(({ method, url }) => {
    const digest = /\/blobs\/(sha\d+:[0-9a-f]+)$/.exec(url)?.[1];
    return digest === undefined ? [] : [`${method} ${digest}`];
  });
}

/** Keeps events of one kind as they come. */
export function eventsOf<Kind extends EngineEvent['kind']>(
  kind: Kind,
): { readonly seen: Extract<EngineEvent, { kind: Kind }>[]; readonly onEvent: (event: EngineEvent) => void } {
  const seen: Extract<EngineEvent, { kind: Kind }>[] = [];
  return {
    seen,
    onEvent: (event) => {
      if (event.kind === kind) seen.push(event as Extract<EngineEvent, { kind: Kind }>);
    },
  };
}
