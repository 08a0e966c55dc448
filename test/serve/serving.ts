/** A registry that a test has for itself. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type RegistryOptions, type RunningRegistry, startRegistry } from '../../src/serve/index.ts';
import { Client } from './client.ts';
import { scratchDirectory } from './registries.ts';

export interface Served extends RunningRegistry {
  readonly path: string;
  /** The directory that is served. */
  readonly layout: string;
  readonly client: (repository?: string) => Client;
}

/** In a directory of its own, which goes with the test; `prepare` gets to write to it first. */
export async function serve(
  test: TestContext,
  options: Partial<RegistryOptions> = {},
  prepare: (layout: string) => void = () => {},
): Promise<Served> {
  using cleanup = new DisposableStack();
  const scratch = cleanup.use(scratchDirectory());
  const layout = options.directory ?? join(scratch.path, 'layout');
  prepare(layout);
  const registry = await startRegistry({ address: '127.0.0.1:0', ...options, directory: layout });
  const held = cleanup.move();
  test.after(async () => {
    await registry[Symbol.asyncDispose]();
    held[Symbol.dispose]();
  });
  const client = (repository = 'app'): Client => new Client(registry.url, repository);
  return { ...registry, path: scratch.path, layout, client };
}
