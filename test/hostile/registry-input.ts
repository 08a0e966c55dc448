/** A registry as a hostile input: started, asked, and looked at. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { isHoldfastError } from '../../src/base/index.ts';
import type { CredentialStore } from '../../src/credentials/index.ts';
import { createHttpClient } from '../../src/http/index.ts';
import type { OpenOptions } from '../../src/image/index.ts';
import { createRegistryClient } from '../../src/registry/index.ts';
import { startTestRegistry, type TestRegistry } from '../../src/testing/index.ts';
import { resolveExamples } from '../http/names.ts';
import { certificate } from '../http/servers.ts';
import type { RegistryScript } from './hostile-row.ts';
import { removeAll, world } from './outside.ts';

/** Who asks, everywhere in the table. */
export const user = { name: 'alice', password: 'opensesame' };

const store = join(world, 'store');

/** Runs with a fresh registry and an empty store; nothing that is a secret may be told or get elsewhere. */
export async function withRegistry<Result>(
  play: RegistryScript,
  run: (reference: string, options: Pick<OpenOptions, 'registry' | 'network'>) => Promise<Result>,
): Promise<Result> {
  removeAll(store);
  await using elsewhere = await startTestRegistry();
  const tls = play.speaksTls ? { tls: await certificate('127.0.0.1', { addresses: ['127.0.0.1'] }) } : {};
  await using registry = await startTestRegistry({ ...play.options?.({ elsewhere }), ...tls });
  const host = play.address === 'public' ? registry.host.replace('127.0.0.1', 'registry.example') : registry.host;
  const stage = { registry, host, elsewhere };
  const named = play.script(stage);
  const reference = typeof named === 'string' ? named : `docker://${host}/app:v1`;
  using _names = resolveExamples();
  const credentials: CredentialStore = {
    find: async (asked) =>
      asked === host ? { kind: 'password', username: user.name, password: user.password } : undefined,
  };
  const patience = { delayScale: 0.001, idleTimeout: 400, retries: 2 };
  await using http = createHttpClient({ env: {}, insecureHosts: [host], ...patience });
  const client = createRegistryClient({ http, credentials, insecureHosts: [host], delayScale: 0.001 });
  try {
    return await run(reference, { registry: client, network: { env: { HOLDFAST_STORE: store } } });
  } catch (error) {
    if (isHoldfastError(error)) assert.ok(!told(error).includes(user.password), 'errors tell no secrets');
    throw error;
  } finally {
    assertNoCredentials(elsewhere);
    play.proves?.(stage);
  }
}

function told(error: Error): string {
  return `${error.message} ${JSON.stringify(error)}`;
}

/** Promise 15. */
function assertNoCredentials({ requests }: TestRegistry): void {
  const secret = Buffer.from(`${user.name}:${user.password}`).toString('base64');
  for (const { url, headers } of requests) {
    assert.equal(headers['authorization'], undefined, `credentials came elsewhere with ${url}`);
    const all = `${url} ${JSON.stringify(headers)}`;
    assert.ok(!all.includes(user.password) && !all.includes(secret), `a secret came elsewhere with ${url}`);
  }
}
