/** JSON from outside: bytes to a value, refusing whatever two readers could take differently. */
import { visit } from 'jsonc-parser';
import { HoldfastError, maxDocumentBytes } from '../base/index.ts';

/** The most objects and arrays inside one another; no image document needs a tenth of it. */
export const maxJsonDepth = 256;

/**
 * The value of a document. Keys such as `__proto__` are ordinary own keys of it.
 *
 * @param what names the document in errors, such as "the manifest".
 * @throws LIMIT_EXCEEDED past 4 MiB
 * @throws DOCUMENT_INVALID for invalid UTF-8, a byte order mark, invalid JSON, a key twice in one object, deep nesting
 */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  if (bytes.length > maxDocumentBytes) throw documentTooLarge(what);
  const text = decode(bytes, what);
  refuseAmbiguity(text, what);
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser quotes the text, which may be any file that a link led to.
    throw new HoldfastError('DOCUMENT_INVALID', { what, reason: 'it is not valid JSON' }, { cause: error });
  }
}

/** For whoever knows the size of a document before it is read. */
export function documentTooLarge(what: string): HoldfastError {
  return new HoldfastError('LIMIT_EXCEEDED', { limit: `bytes in ${what}`, flag: '', value: String(maxDocumentBytes) });
}

export function invalid(what: string, reason: string): HoldfastError {
  return new HoldfastError('DOCUMENT_INVALID', { what, reason });
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid(what, 'it is not valid UTF-8');
  }
}

/** JSON.parse keeps the last of two equal keys and Go may keep either, so neither is accepted. */
function refuseAmbiguity(text: string, what: string): void {
  const open: Set<string>[] = [];
  const enter = (): void => {
    open.push(new Set());
    if (open.length > maxJsonDepth) throw invalid(what, `it is nested deeper than ${maxJsonDepth}`);
  };
  const leave = (): void => {
    open.pop();
  };
  const options = { disallowComments: true, allowTrailingComma: false };
  visit(
    text,
    {
      onObjectBegin: enter,
      onArrayBegin: enter,
      onObjectEnd: leave,
      onArrayEnd: leave,
      onObjectProperty: (key) => {
        const keys = open.at(-1);
        if (keys?.has(key)) throw invalid(what, `the key ${JSON.stringify(key.slice(0, 80))} is there twice`);
        keys?.add(key);
      },
      onError: () => {
        throw invalid(what, 'it is not valid JSON');
      },
    },
    options,
  );
}
