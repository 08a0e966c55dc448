/** Who may use the registry. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HoldfastError } from '../base/index.ts';
import { type Answer, fault } from './answer.ts';
import { type Passwords, readPasswords } from './htpasswd.ts';

export interface AccessOptions {
  readonly htpasswd?: string | undefined;
  readonly token?: string | undefined;
}

export interface Access {
  /** Undefined for whoever may come in. */
  refuse(headers: IncomingHttpHeaders): Promise<Answer | undefined>;
}

/** Password checks that wait for their turn; each keeps the processor busy for a good part of a second. */
const mostWaiting = 16;
const mostRemembered = 1000;

/**
 * A token is accepted as `Bearer`, and as the password of any user: that is how `docker login` and its like can send it.
 *
 * @throws CREDENTIALS_INVALID, USAGE for an empty token
 */
export async function openAccess({ htpasswd, token }: AccessOptions): Promise<Access> {
  if (token === '') throw new HoldfastError('USAGE', { message: 'the token is empty' });
  const passwords = htpasswd === undefined ? undefined : await readPasswords(htpasswd);
  const isOpen = token === undefined && passwords === undefined;
  const same = createComparison();
  const check = passwords && rememberAccepted(passwords, same);
  return {
    async refuse(headers) {
      const stranger = refuseBrowser(headers);
      if (stranger !== undefined || isOpen) return stranger;
      const given = readAuthorization(headers.authorization ?? '');
      if (given === undefined) return challenge('authentication is required');
      if (token !== undefined && same.equal(given.secret, token)) return undefined;
      if (given.user === undefined || check === undefined) return challenge('the credentials are wrong');
      return check(given.user, given.secret);
    },
  };
}

/**
 * Clients of registries are no browsers. A web page that reaches the loopback address, or makes its own name lead there,
 * must not get to push or delete.
 */
function refuseBrowser(headers: IncomingHttpHeaders): Answer | undefined {
  const site = headers['sec-fetch-site'] ?? 'none';
  if (headers.origin === undefined && site === 'none') return undefined;
  return fault('DENIED', 'web pages may not use this registry');
}

interface Given {
  readonly user: string | undefined;
  readonly secret: string;
}

function readAuthorization(header: string): Given | undefined {
  const [, scheme = '', value = ''] = /^(basic|bearer) +(\S+)\s*$/i.exec(header) ?? [];
  if (scheme === '') return undefined;
  if (scheme.toLowerCase() === 'bearer') return { user: undefined, secret: value };
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), secret: text.slice(colon + 1) };
}

interface Comparison {
  fingerprint(text: string): Buffer;
  equal(a: string, b: string): boolean;
}

/** Compares texts of any length in a time that tells nothing of them. */
function createComparison(): Comparison {
  const key = randomBytes(32);
  const fingerprint = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  return { fingerprint, equal: (a, b) => timingSafeEqual(fingerprint(a), fingerprint(b)) };
}

type Check = (user: string, password: string) => Promise<Answer | undefined>;

/** Clients send their password with every request, and bcrypt is slow by intention: what was right once is known. */
function rememberAccepted(passwords: Passwords, comparison: Comparison): Check {
  const accepted = new Set<string>();
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (key: string, user: string, password: string): Promise<boolean> => {
    const turn = last.then(() => accepted.has(key) || passwords.accepts(user, password));
    last = turn.catch(() => undefined);
    return turn;
  };
  return async (user, password) => {
    const key = comparison.fingerprint(JSON.stringify([user, password])).toString('base64');
    if (accepted.has(key)) return undefined;
    if (waiting >= mostWaiting)
      return fault('TOOMANYREQUESTS', 'too many logins at once', { headers: { 'Retry-After': '5' } });
    waiting++;
    try {
      if (!(await inTurn(key, user, password))) return challenge('the credentials are wrong');
    } finally {
      waiting--;
    }
    if (accepted.size >= mostRemembered) accepted.clear();
    accepted.add(key);
    return undefined;
  };
}

function challenge(message: string): Answer {
  return fault('UNAUTHORIZED', message, { headers: { 'WWW-Authenticate': 'Basic realm="holdfast"' } });
}
