/** JSON documents as they are changed: what is not asked to change keeps its value, its place and its spelling. */

/** Keys are in the order of the document; a key that is undefined is not written. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** `JSON.rawJSON` and the third parameter of revivers (ECMAScript 2026), which TypeScript does not know yet. */
interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

const json = JSON as unknown as ExactJson;

/**
 * A document that was parsed, and so found unambiguous, before. Numbers that JavaScript would write in another way, or
 * cannot hold, keep their text.
 */
export function readObject(bytes: Uint8Array): JsonObject {
  const value = json.parse(new TextDecoder().decode(bytes), (_key, part, { source }) =>
    typeof part === 'number' && String(part) !== source && source !== undefined ? json.rawJSON(source) : part,
  );
  return asObject(value);
}

/** The bytes of a changed document, indented as the original is; the original itself where nothing was changed. */
export function writeObject(changed: JsonObject, original: Uint8Array): Uint8Array {
  const text = JSON.stringify(changed);
  if (text === JSON.stringify(readObject(original))) return original;
  const indent = /^\s*\{\r?\n([ \t]+)/.exec(new TextDecoder().decode(original))?.[1];
  return Buffer.from(indent === undefined ? text : JSON.stringify(changed, undefined, indent.slice(0, 10)));
}

/** An object inside another; empty where it is absent or null, as Go writes it. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  return asObject(Object.hasOwn(object, key) ? object[key] : undefined);
}

/** A list inside an object; empty where it is absent or null. */
export function listAt(object: JsonObject, key: string): readonly unknown[] {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return Array.isArray(value) ? value : [];
}

/** The objects of a list inside an object. */
export function objectsAt(object: JsonObject, key: string): readonly JsonObject[] {
  return listAt(object, key).map(asObject);
}

/** The same object with another value under a key, which stays where it was or comes last. */
export function withKey(object: JsonObject, key: string, value: unknown): JsonObject {
  return { ...object, [key]: value };
}

function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
