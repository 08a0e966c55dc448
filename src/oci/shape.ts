/** From a JSON value to a typed document: the pieces every schema is made of. */
import * as v from 'valibot';
import { type DiffId, type Digest, parseDiffId, parseDigest } from '../base/index.ts';
import { invalid } from './json.ts';

export type StringMap = Readonly<Record<string, string>>;

/** @throws DOCUMENT_INVALID naming the field, DIGEST_INVALID */
export function shape<Output>(schema: v.GenericSchema<unknown, Output>, value: unknown, what: string): Output {
  const result = v.safeParse(schema, value, { abortEarly: true, abortPipeEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue) ?? '';
  throw invalid(what, path === '' ? problem(issue) : `${path.slice(0, 100)} ${problem(issue)}`);
}

function problem(issue: v.BaseIssue<unknown>): string {
  if (issue.kind !== 'schema') return issue.message;
  if (issue.received === 'undefined') return 'is missing';
  return `should be ${(issue.expected ?? 'something else').toLowerCase()}`;
}

/**
 * An object with these fields; unknown ones are kept. A key that differs from a known one only in case is refused,
 * because Go's decoder takes it for the known one.
 */
export function record<Entries extends v.ObjectEntries>(entries: Entries) {
  const known = new Set(Object.keys(entries));
  const folded = new Set([...known].map(foldCase));
  return v.pipe(
    v.looseObject(entries),
    v.check(
      (value) => Object.keys(value).every((key) => known.has(key) || !folded.has(foldCase(key))),
      'has a key that differs from a known one only in case',
    ),
  );
}

/** Go folds case by Unicode's simple folding, in which two letters beyond ASCII equal ASCII ones. */
function foldCase(key: string): string {
  return key.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase();
}

/** A field that may be absent or null; both read as undefined. */
export function optional<Output>(schema: v.GenericSchema<unknown, Output>) {
  return v.pipe(
    v.nullish(schema),
    v.transform((value) => value ?? undefined),
  );
}

/** A list that Go writes as null when it is empty. */
export function list<Output>(schema: v.GenericSchema<unknown, Output>) {
  return v.pipe(
    v.nullable(v.array(schema)),
    v.transform((value): readonly Output[] => value ?? []),
  );
}

export const text: v.GenericSchema<unknown, string> = v.string();
export const flag: v.GenericSchema<unknown, boolean> = v.boolean();

export const digest: v.GenericSchema<unknown, Digest> = v.pipe(v.string(), v.transform(parseDigest));
export const diffId: v.GenericSchema<unknown, DiffId> = v.pipe(v.string(), v.transform(parseDiffId));

/** Bytes: a whole number that is exact in JavaScript. */
export const size: v.GenericSchema<unknown, number> = v.pipe(
  v.number(),
  v.safeInteger('should be a whole number below 2^53'),
  v.minValue(0, 'should not be negative'),
);

/** Free keys with text values, such as labels; kept as it is, so that no key can get lost. */
export const stringMap: v.GenericSchema<unknown, StringMap> = v.custom<StringMap>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((entry) => typeof entry === 'string'),
  'should be an object of strings',
);
