/** Changing one entry of a credential file and nothing else of it. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { applyEdits, modify } from 'jsonc-parser';
import { HoldfastError } from '../base/index.ts';
import { makeDirectories } from '../host/index.ts';
import { type CredentialConfig, emptyConfig, invalidFile, parseConfig, readConfig } from './config-file.ts';
import { keysOfHost } from './registry-keys.ts';

export interface EntryChange {
  readonly host: string;
  /** Every other key that means this host is removed. */
  readonly key: string;
  /** undefined removes. */
  readonly entry: Readonly<Record<string, string>> | undefined;
}

/**
 * Puts an entry into `auths`, or removes it; all else in the file stays as it is written. The file is replaced at once,
 * with mode 0600, where a symbolic link leads. Reads, changes and writes in one go, so that no other change made by this
 * process comes between.
 * @returns whether the file was changed
 * @throws CREDENTIALS_INVALID
 */
export function changeEntry(path: string, { host, key, entry }: EntryChange): boolean {
  const config = readConfig({ path, isRequired: false }) ?? emptyConfig(path);
  const stale = keysOfHost(config.auths, host).filter((other) => entry === undefined || other !== key);
  const removed = stale.reduce((text, other) => edited(text, other, undefined), config.text);
  const text = entry === undefined ? removed : edited(removed, key, entry);
  if (text === config.text) return false;
  checkChange(config, text, { host, key, entry });
  replaceFile(path, text);
  return true;
}

function edited(text: string, key: string, value: Readonly<Record<string, string>> | undefined): string {
  const base = text.trim() === '' ? '{}' : text;
  // Go writes an empty table as null.
  const isNull = (JSON.parse(base) as { auths?: unknown }).auths === null;
  return changed(isNull ? changed(base, ['auths'], {}) : base, ['auths', key], value);
}

function changed(text: string, path: string[], value: unknown): string {
  const formattingOptions = { insertSpaces: false, tabSize: 1, eol: '\n' };
  return applyEdits(text, modify(text, path, value, { formattingOptions }));
}

/** A key that stands twice in one object would be changed in one place and read in the other. */
function checkChange(before: CredentialConfig, text: string, { host, key, entry }: EntryChange): void {
  const after = parseConfig(before.path, text);
  const keys = keysOfHost(after.auths, host);
  const isDone = entry === undefined ? keys.length === 0 : keys.length === 1 && keys[0] === key;
  const isWritten = JSON.stringify(after.auths[key]) === JSON.stringify(entry);
  if (!isDone || !isWritten) throw invalidFile(before.path, 'a key stands twice in the file');
}

/** @throws CREDENTIALS_INVALID */
function replaceFile(path: string, text: string): void {
  try {
    const target = followLinks(path);
    makeDirectories(dirname(target), 0o700);
    const temporary = join(dirname(target), `.holdfast-${randomBytes(6).toString('hex')}`);
    try {
      writePrivate(temporary, text, ownerOf(target));
      fs.renameSync(temporary, target);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw invalidFile(path, `the file cannot be written: ${code}`, error);
  }
}

function writePrivate(path: string, text: string, owner: fs.Stats | undefined): void {
  const handle = fs.openSync(path, 'wx', 0o600);
  try {
    fs.writeFileSync(handle, text);
    // Root, working for somebody else, leaves them their file.
    if (owner && process.getuid?.() === 0) fs.fchownSync(handle, owner.uid, owner.gid);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

function ownerOf(path: string): fs.Stats | undefined {
  return fs.statSync(path, { throwIfNoEntry: false });
}

/** Where the links lead, also to a file that is not there yet. As many links as Linux follows. */
function followLinks(path: string): string {
  let target = path;
  for (let links = 0; links < 40; links++) {
    if (!fs.lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink()) return target;
    target = resolve(dirname(target), fs.readlinkSync(target));
  }
  throw invalidFile(path, 'too many symbolic links');
}
