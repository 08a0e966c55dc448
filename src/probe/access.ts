/** Who may ask. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HoldfastError } from '../base/index.ts';

/** Characters that a token must have at least: what can be guessed is no protection. */
export const shortestToken = 24;

/** @throws USAGE for a token that is missing, short, or cannot stand in a header */
export function checkedToken(token: string | undefined): string {
  const hint = `make one with: openssl rand -hex 32`;
  if (token === undefined || token === '')
    throw new HoldfastError('USAGE', { message: 'a probe needs a token, and there is none', hint });
  if (token.length < shortestToken) {
    const message = `the token of the probe is shorter than ${shortestToken} characters`;
    throw new HoldfastError('USAGE', { message, hint });
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    const message = 'the token of the probe has spaces or characters that no header can hold';
    throw new HoldfastError('USAGE', { message, hint });
  }
  return token;
}

/** Tells who brings the token, in a time that tells nothing of it. */
export function tokenCheck(token: string): (headers: IncomingHttpHeaders) => boolean {
  const key = randomBytes(32);
  const fingerprint = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const wanted = fingerprint(token);
  return ({ authorization = '' }) => {
    const [, given = ''] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
    return timingSafeEqual(fingerprint(given), wanted);
  };
}
