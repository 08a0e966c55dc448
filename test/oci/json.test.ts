import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { isHoldfastError, maxDocumentBytes } from '../../src/base/index.ts';
import { maxJsonDepth, parseArchiveManifest, parseConfig, parseDocument, parseJson } from '../../src/oci/index.ts';
import { bytesOf, manifest, refuses } from './documents.ts';

const parse = (content: string | Uint8Array): unknown =>
  parseJson(typeof content === 'string' ? bytesOf(content) : content, 'the test');

void describe('JSON from outside', () => {
  void it('is parsed', () => {
    assert.deepEqual(parse('{"a":[1,"ü",null,true]}'), { a: [1, 'ü', null, true] });
  });

  void it('refuses a key that is twice in one object', () => {
    refuses('DOCUMENT_INVALID', () => parse('{"a":1,"b":{"c":1,"c":2}}'), /"c" is there twice/);
    refuses('DOCUMENT_INVALID', () => parse('{"layers":[],"l\\u0061yers":[]}'), /"layers" is there twice/);
    refuses('DOCUMENT_INVALID', () => parse('{"__proto__":1,"__proto__":2}'), /twice/);
  });

  void it('accepts equal keys in different objects', () => {
    parse('{"a":{"a":{"b":1}},"b":[{"a":1},{"a":2}]}');
  });

  void it('treats __proto__ as an ordinary key', () => {
    const value = parse('{"__proto__":{"polluted":true}}') as Record<string, unknown>;
    assert.equal(value['polluted'], undefined);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    const hostile = '{"__proto__":{"layers":[]},"constructor":{"prototype":{"x":1}},"schemaVersion":2}';
    refuses('DOCUMENT_INVALID', () => parseDocument(bytesOf(hostile), { what: 'the manifest' }), /neither/);
  });

  void it('refuses invalid UTF-8 and a byte order mark', () => {
    refuses('DOCUMENT_INVALID', () => parse(Buffer.from([0x22, 0xff, 0x22])), /UTF-8/);
    refuses('DOCUMENT_INVALID', () => parse(Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])), /not valid JSON/);
  });

  void it('refuses what is not JSON without quoting it', () => {
    for (const content of ['', '{', '{"a":1,}', '/* c */ {}', '{"a":01}', 'root:x:0:0', '{} {}', "{'a':1}", 'NaN']) {
      assert.throws(
        () => parse(content),
        (error) => isHoldfastError(error, 'DOCUMENT_INVALID') && !error.message.includes('root'),
        content,
      );
    }
  });

  void it('refuses deep nesting whatever the stack', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    parse(nested(maxJsonDepth));
    refuses('DOCUMENT_INVALID', () => parse(nested(maxJsonDepth + 1)), /nested deeper/);
    refuses('DOCUMENT_INVALID', () => parse(nested(2_000_000)), /nested deeper/);
    refuses('DOCUMENT_INVALID', () => parse('{"a":'.repeat(100_000)), /nested deeper/);
  });

  void it('refuses more than 4 MiB', () => {
    const fits = Buffer.alloc(maxDocumentBytes, ' ');
    fits.write('{}');
    parse(fits);
    refuses('LIMIT_EXCEEDED', () => parse(Buffer.alloc(maxDocumentBytes + 1, ' ')), /4194304 bytes in the test/);
  });

  void it('never does anything but succeed or fail with one coded error', () => {
    const good = JSON.stringify(manifest());
    const parsers = [
      (bytes: Uint8Array) => parseDocument(bytes, { what: 'the manifest' }),
      (bytes: Uint8Array) => parseConfig(bytes),
      (bytes: Uint8Array) => parseArchiveManifest(bytes),
    ];
    const attempt = (bytes: Uint8Array): void => {
      for (const parser of parsers) {
        try {
          parser(bytes);
        } catch (error) {
          assert.ok(isHoldfastError(error), String(error));
        }
      }
    };
    fc.assert(
      fc.property(fc.json(), (text) => attempt(bytesOf(text))),
      { numRuns: 200 },
    );
    fc.assert(fc.property(fc.uint8Array(), attempt), { numRuns: 200 });
    fc.assert(
      fc.property(fc.nat(good.length), fc.string({ maxLength: 3 }), (at, text) =>
        attempt(bytesOf(good.slice(0, at) + text + good.slice(at + text.length))),
      ),
      { numRuns: 500 },
    );
  });
});
