/** The protocol of credential helpers (docker-credential-helpers). */
import * as v from 'valibot';
import { namedCredential, tokenUser } from './auth-entry.ts';
import { type CredentialConfig, invalidFile } from './config-file.ts';
import { environmentOf } from './credential-files.ts';
import type { Credential, CredentialOptions } from './credentials.ts';
import { keysOfHost } from './registry-keys.ts';
import { type HelperAnswer, helperFailed, runHelper } from './run-helper.ts';

/** A helper and how it may be run. */
export interface Helper {
  readonly name: string;
  readonly options: CredentialOptions;
  readonly signal?: AbortSignal | undefined;
}

const usualTimeout = 60_000;
const answerSchema = v.object({ Username: v.string(), Secret: v.string() });

/**
 * The helper that a file names for a host: its own in `credHelpers`, else that of `credsStore`. An empty name in
 * `credHelpers` is Docker's way to say none.
 * @throws CREDENTIALS_INVALID
 */
export function helperOf(config: CredentialConfig, host: string): string | undefined {
  const [key] = keysOfHost(config.credHelpers, host);
  return key === undefined ? config.credsStore : helperAt(config, key);
}

/** @throws CREDENTIALS_INVALID for a name that is no text */
export function helperAt({ path, credHelpers }: CredentialConfig, key: string): string | undefined {
  const name = credHelpers[key];
  if (typeof name !== 'string') throw invalidFile(path, 'a name in credHelpers is not text');
  return name || undefined;
}

/**
 * What the helper keeps for the first of these that it knows.
 * @throws CREDENTIALS_INVALID, which tells nothing of what the helper said
 */
export async function askHelper(helper: Helper, servers: readonly string[]): Promise<Credential | undefined> {
  for (const server of servers) {
    const answer = await call(helper, 'get', server);
    const credential = answer && parseAnswer(helper.name, answer);
    if (credential) return credential;
  }
  return undefined;
}

/** @throws CREDENTIALS_INVALID */
export async function storeWithHelper(helper: Helper, server: string, credential: Credential): Promise<void> {
  const [username, secret] =
    credential.kind === 'password' ? [credential.username, credential.password] : [tokenUser, credential.token];
  await call(helper, 'store', JSON.stringify({ ServerURL: server, Username: username, Secret: secret }));
}

/** Whether the helper had something to erase. @throws CREDENTIALS_INVALID */
export async function eraseWithHelper(helper: Helper, servers: readonly string[]): Promise<boolean> {
  let hadAny = false;
  for (const server of servers) {
    if ((await askHelper(helper, [server])) === undefined) continue;
    await call(helper, 'erase', server);
    hadAny = true;
  }
  return hadAny;
}

/** Undefined when the helper says that it knows nothing. */
async function call(
  { name, options, signal }: Helper,
  action: 'get' | 'store' | 'erase',
  input: string,
): Promise<HelperAnswer | undefined> {
  const env = environmentOf(options);
  const timeout = options.helperTimeout ?? usualTimeout;
  const answer = await runHelper({ helper: name, action, input, env, timeout, signal });
  if (answer.exitCode === 0) return answer;
  if (action !== 'store' && /credentials not found/i.test(answer.output)) return undefined;
  const end = answer.exitCode === null ? 'was killed' : `failed with exit code ${answer.exitCode}`;
  throw helperFailed(name, `"${action}" ${end}; run it by hand to see what it says`);
}

function parseAnswer(name: string, { output }: HelperAnswer): Credential | undefined {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), answerSchema), output);
  if (!result.success) throw helperFailed(name, 'it has not answered in the way of credential helpers');
  return namedCredential(result.output.Username, result.output.Secret);
}
