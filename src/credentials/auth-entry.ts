/** One entry of `auths`: between what files hold and credentials. */
import * as v from 'valibot';
import type { HoldfastError } from '../base/index.ts';
import { invalidFile } from './config-file.ts';
import type { Credential } from './credentials.ts';

/** The user name by which helpers, and files after them, say that the secret is an identity token. */
export const tokenUser = '<token>';

const text = v.optional(v.nullable(v.string()));
const schema = v.looseObject({
  auth: text,
  username: text,
  password: text,
  identitytoken: text,
  registrytoken: text,
});

/**
 * Undefined for an entry without a secret: Docker leaves an empty one behind for what a helper keeps.
 * @param key names the entry in errors
 * @throws CREDENTIALS_INVALID, which tells nothing of the entry
 */
export function parseEntry(path: string, key: string, entry: unknown): Credential | undefined {
  const result = v.safeParse(schema, entry);
  if (!result.success) throw malformed(path, key, 'is not what it should be');
  const { auth, username, password, identitytoken, registrytoken } = result.output;
  if (registrytoken) return { kind: 'registry-token', token: registrytoken };
  if (identitytoken) return { kind: 'identity-token', token: identitytoken };
  if (auth) return decodeAuth(path, key, auth);
  return namedCredential(username ?? '', password ?? '');
}

/** What a name and a secret are together; undefined when there is neither. */
export function namedCredential(username: string, secret: string): Credential | undefined {
  if (username === tokenUser) return { kind: 'identity-token', token: secret };
  return username === '' && secret === '' ? undefined : { kind: 'password', username, password: secret };
}

/** The value to be written for a credential. */
export function formatEntry(credential: Credential): Readonly<Record<string, string>> {
  switch (credential.kind) {
    case 'password':
      return { auth: Buffer.from(`${credential.username}:${credential.password}`).toString('base64') };
    case 'identity-token':
      return { identitytoken: credential.token };
    case 'registry-token':
      return { registrytoken: credential.token };
  }
}

/** `name:password` in base64. The first colon divides; Docker pads with NUL bytes and drops them again. */
function decodeAuth(path: string, key: string, encoded: string): Credential | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) throw malformed(path, key, 'has an "auth" that is not base64');
  const decoded = Buffer.from(encoded, 'base64').toString();
  const colon = decoded.indexOf(':');
  if (colon < 0) throw malformed(path, key, 'has an "auth" without a colon');
  return namedCredential(decoded.slice(0, colon), decoded.slice(colon + 1).replace(/^\0+|\0+$/g, ''));
}

function malformed(path: string, key: string, problem: string): HoldfastError {
  return invalidFile(path, `the entry of ${JSON.stringify(key.slice(0, 200))} ${problem}`);
}
