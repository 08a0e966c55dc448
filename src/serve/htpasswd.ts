/** Users and their passwords in a file as `htpasswd -B` writes it. */
import fs from 'node:fs';
import { compare, getRounds, hash } from 'bcryptjs';
import { HoldfastError } from '../base/index.ts';

export interface Passwords {
  /** Takes as long for a user who does not exist. */
  accepts(user: string, password: string): Promise<boolean>;
}

/** Rounds as a power of two; more would keep the registry busy for seconds at each login. */
const mostRounds = 15;
const mostBytes = 16 * 1024 * 1024;

/** @throws CREDENTIALS_INVALID for a file that cannot be read or holds anything but bcrypt */
export async function readPasswords(file: string): Promise<Passwords> {
  const users = parseUsers(readText(file), file);
  const rounds = Math.max(4, ...[...users.values()].map((value) => getRounds(value)));
  const nobody = await hash('', rounds);
  return {
    async accepts(user, password) {
      const isRight = await compare(password, users.get(user) ?? nobody);
      return isRight && users.has(user);
    },
  };
}

function readText(file: string): string {
  try {
    if (fs.statSync(file).size > mostBytes) throw refuse(file, 'it is too large');
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read';
    throw new HoldfastError('CREDENTIALS_INVALID', { source: file, reason: code }, { cause: error });
  }
}

function parseUsers(text: string, file: string): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  for (const [position, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    const where = `line ${position + 1}`;
    if (colon < 1) throw refuse(file, `${where} is not USER:HASH`);
    const [user, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    requireBcrypt(file, `${where} (user ${user})`, value);
    if (users.has(user)) throw refuse(file, `${where} (user ${user}) is there twice`);
    users.set(user, value);
  }
  if (users.size === 0) throw refuse(file, 'it holds no user, so that nobody could log in');
  return users;
}

function requireBcrypt(file: string, where: string, value: string): void {
  if (!/^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/.test(value))
    throw refuse(file, `${where} is hashed with ${schemeOf(value)}, and only bcrypt is accepted: htpasswd -B`);
  const rounds = getRounds(value);
  if (rounds < 4 || rounds > mostRounds)
    throw refuse(file, `${where} has a bcrypt cost of ${rounds}, not 4 to ${mostRounds}`);
}

function schemeOf(value: string): string {
  if (/^\{SHA\}/i.test(value)) return 'SHA-1';
  if (value.startsWith('$apr1$')) return 'apr1 (MD5)';
  return /^\$[156]\$/.test(value) ? 'crypt' : 'an unknown scheme, or not at all';
}

function refuse(source: string, reason: string): HoldfastError {
  return new HoldfastError('CREDENTIALS_INVALID', { source, reason });
}
