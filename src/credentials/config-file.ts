/** Credential files: Docker's config.json and Podman's auth.json, which have the same shape. */
import fs from 'node:fs';
import * as v from 'valibot';
import { HoldfastError, maxDocumentBytes } from '../base/index.ts';
import type { CredentialFile } from './credential-files.ts';

export interface CredentialConfig {
  readonly path: string;
  /** The bytes as text; empty when there is no file. */
  readonly text: string;
  /** Entries by key, read when they are needed: one that is broken concerns nobody else. */
  readonly auths: Readonly<Record<string, unknown>>;
  /** Names of helpers by key. */
  readonly credHelpers: Readonly<Record<string, unknown>>;
  readonly credsStore: string | undefined;
}

/** valibot takes a list for an object. */
const object = v.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
const schema = v.pipe(
  object,
  v.looseObject({ auths: v.nullish(object), credHelpers: v.nullish(object), credsStore: v.nullish(v.string()) }),
);

/**
 * Undefined when there is no such file.
 * @throws CREDENTIALS_INVALID, which tells nothing of what is in the file
 */
export function readConfig({ path, isRequired }: CredentialFile): CredentialConfig | undefined {
  const text = readText(path);
  if (text !== undefined) return parseConfig(path, text);
  if (isRequired) throw invalidFile(path, 'the file does not exist');
  return undefined;
}

/** A file with nothing in it. */
export function emptyConfig(path: string): CredentialConfig {
  return parseConfig(path, '');
}

/** @throws CREDENTIALS_INVALID */
export function parseConfig(path: string, text: string): CredentialConfig {
  const result = v.safeParse(schema, text.trim() === '' ? {} : parseJson(path, text), { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw invalidFile(path, `${v.getDotPath(issue) ?? 'the whole'} is not what it should be`);
  }
  const { auths, credHelpers, credsStore } = result.output;
  return { path, text, auths: auths ?? {}, credHelpers: credHelpers ?? {}, credsStore: credsStore || undefined };
}

/** The reason never quotes the file. */
export function invalidFile(path: string, reason: string, cause?: unknown): HoldfastError {
  return new HoldfastError('CREDENTIALS_INVALID', { source: path, reason }, { cause });
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, so that it must not become a cause either.
    throw invalidFile(path, 'the file is not valid JSON');
  }
}

function readText(path: string): string | undefined {
  try {
    // A pipe that nobody writes to must not stop the program.
    const handle = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      return readHandle(path, handle);
    } finally {
      fs.closeSync(handle);
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (error instanceof HoldfastError) throw error;
    throw invalidFile(path, `the file cannot be read: ${code}`, error);
  }
}

function readHandle(path: string, handle: number): string {
  const facts = fs.fstatSync(handle);
  // The null device stands for a file with nothing in it.
  if (facts.isCharacterDevice()) return '';
  if (!facts.isFile()) throw invalidFile(path, 'this is not a file');
  if (facts.size > maxDocumentBytes) throw invalidFile(path, `the file is larger than ${maxDocumentBytes} bytes`);
  return fs.readFileSync(handle, 'utf8');
}
