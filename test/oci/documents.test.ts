import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type DocumentOptions,
  type ImageDocument,
  mediaTypes,
  parseDocument,
  parseIndex,
  parseManifest,
  refNameOf,
} from '../../src/oci/index.ts';
import { bytesOf, descriptor, index, manifest, ociIndex, ociManifest, refuses, sha256 } from './documents.ts';

function parse(value: unknown, options: Partial<DocumentOptions> = {}): ImageDocument {
  return parseDocument(bytesOf(value), { what: 'the document', ...options });
}

void describe('manifests and indexes', () => {
  void it('are told apart by their media type', () => {
    assert.equal(parse(manifest()).kind, 'manifest');
    assert.equal(parse(index()).kind, 'index');
    assert.equal(parse(manifest({ mediaType: mediaTypes.dockerManifest })).mediaType, mediaTypes.dockerManifest);
    assert.equal(parse({ ...index(), mediaType: mediaTypes.dockerManifestList }).kind, 'index');
  });

  void it('are told apart by their content when nothing says their media type', () => {
    assert.equal(parse(manifest({ mediaType: undefined })).mediaType, ociManifest);
    assert.equal(parse({ ...index(), mediaType: undefined }).mediaType, ociIndex);
    assert.equal(parse({ ...index(), mediaType: null }).kind, 'index');
  });

  void it('take their media type from the descriptor when they have none', () => {
    const document = parse(manifest({ mediaType: undefined }), { mediaType: mediaTypes.dockerManifest });
    assert.equal(document.mediaType, mediaTypes.dockerManifest);
  });

  void it('keep fields that are not known', () => {
    const parsed = parse(manifest({ novel: { a: 1 }, layers: [descriptor({ novel: 2 })] })) as ImageDocument & {
      novel: unknown;
      layers: readonly unknown[];
    };
    assert.deepEqual(parsed.novel, { a: 1 });
    assert.deepEqual(parsed.layers, [descriptor({ novel: 2 })]);
  });

  void it('accept null where real writers put it', () => {
    const layers = [descriptor({ annotations: null, urls: null, platform: null, data: null })];
    const parsed = parseManifest(bytesOf(manifest({ annotations: null, subject: null, layers })), { what: 'm' });
    assert.equal(parsed.layers[0]?.annotations, undefined);
    assert.deepEqual(parseManifest(bytesOf(manifest({ layers: null })), { what: 'm' }).layers, []);
    assert.deepEqual(parseIndex(bytesOf({ ...index(), manifests: null }), { what: 'i' }).manifests, []);
  });

  void it('are refused when they could be either (CVE-2021-41190)', () => {
    refuses('DOCUMENT_AMBIGUOUS', () => parse({ ...manifest(), ...index() }), /"manifests".*"layers"/);
    refuses('DOCUMENT_AMBIGUOUS', () => parse({ ...manifest(), manifests: [] }));
    refuses('DOCUMENT_AMBIGUOUS', () => parse({ ...index(), config: descriptor() }), /"config"/);
    refuses('DOCUMENT_AMBIGUOUS', () => parse({ ...index(), layers: null }));
  });

  void it('are refused when a key differs from a known one only in case, as Go would read it', () => {
    refuses('DOCUMENT_INVALID', () => parse({ ...index(), Layers: [] }), /only in case/);
    refuses('DOCUMENT_INVALID', () => parse({ ...manifest(), LAYERS: [] }), /only in case/);
    refuses('DOCUMENT_INVALID', () => parse({ ...manifest(), 'layer\u017f': [] }), /only in case/);
    refuses('DOCUMENT_INVALID', () => parse(manifest({ layers: [descriptor({ Digest: 'x' })] })), /only in case/);
  });

  void it('are refused when the descriptor says another media type', () => {
    const options = { mediaType: ociIndex };
    refuses('DOCUMENT_AMBIGUOUS', () => parse(manifest(), options), /image\.manifest\.v1.*image\.index\.v1/);
    refuses('DOCUMENT_INVALID', () => parse({ ...manifest(), mediaType: undefined }, options), /manifests is missing/);
    refuses('DOCUMENT_AMBIGUOUS', () => parse(manifest(), { mediaType: mediaTypes.dockerManifest }));
  });

  void it('are refused as each other', () => {
    refuses('DOCUMENT_INVALID', () => parseManifest(bytesOf(index()), { what: 'it' }), /is an index/);
    refuses('DOCUMENT_INVALID', () => parseIndex(bytesOf(manifest()), { what: 'it' }), /not an index/);
  });

  void it('of Docker schema 1 are refused with a way out', () => {
    const schema1 = { schemaVersion: 1, name: 'library/x', tag: 'latest', fsLayers: [], history: [] };
    refuses('MEDIA_TYPE_UNSUPPORTED', () => parse(schema1), /schema 1.*push the image again/s);
    const signed = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
    refuses('MEDIA_TYPE_UNSUPPORTED', () => parse(manifest(), { mediaType: signed }), /prettyjws/);
    refuses('MEDIA_TYPE_UNSUPPORTED', () => parse(manifest({ fsLayers: [] })), /schema 1/);
  });

  void it('of any other type are refused', () => {
    refuses('MEDIA_TYPE_UNSUPPORTED', () => parse(manifest({ mediaType: 'text/html' })), /text\/html/);
    refuses('DOCUMENT_INVALID', () => parse(manifest({ schemaVersion: 3 })), /schemaVersion/);
    refuses('DOCUMENT_INVALID', () => parse([]));
    refuses('DOCUMENT_INVALID', () => parse('null'));
    refuses('DOCUMENT_INVALID', () => parse({ schemaVersion: 2 }), /neither/);
  });

  void it('are refused with more than 1000 layers', () => {
    parse(manifest({ layers: Array.from({ length: 1000 }, () => descriptor()) }));
    const many = manifest({ layers: Array.from({ length: 1001 }, () => descriptor()) });
    refuses('LIMIT_EXCEEDED', () => parse(many), /1000 layers/);
  });
});

void describe('descriptors', () => {
  const parseWith = (fields: Readonly<Record<string, unknown>>): ImageDocument =>
    parse(manifest({ layers: [descriptor(fields)] }));

  void it('need a size that is a whole, exact, non-negative number', () => {
    for (const size of [-1, 1.5, '1', null, 2 ** 53, 1e300]) {
      refuses('DOCUMENT_INVALID', () => parseWith({ size }), /layers\.0\.size/);
    }
    refuses('DOCUMENT_INVALID', () => parseWith({ size: undefined }), /layers\.0\.size.* is missing/);
    parseWith({ size: Number.MAX_SAFE_INTEGER });
    refuses(
      'DOCUMENT_INVALID',
      () => parse(JSON.stringify(manifest()).replace('"size":1', '"size":9007199254740993')),
      /2\^53/,
    );
  });

  void it('need a digest of a known algorithm in its one spelling', () => {
    const hex = 'a'.repeat(64);
    const wrong = ['sha256:../../etc/passwd', `sha256:${hex.toUpperCase()}`, `sha256:${hex}0`, `md5:${hex}`, hex, ''];
    for (const digest of [...wrong, `sha256:${hex}\n`, `sha512:${hex}`, `sha256:${hex}/../x`]) {
      refuses('DIGEST_INVALID', () => parseWith({ digest }));
    }
    parseWith({ digest: `sha512:${hex}${hex}` });
  });

  void it('may carry their blob, which must be what they say', () => {
    const data = Buffer.from('{}').toString('base64');
    parseWith({ data, digest: sha256('{}'), size: 2 });
    refuses('DIGEST_MISMATCH', () => parseWith({ data, digest: sha256('{ }'), size: 2 }), /embedded/);
    refuses('SIZE_MISMATCH', () => parseWith({ data, digest: sha256('{}'), size: 3 }));
    refuses('DOCUMENT_INVALID', () => parseWith({ data: 'e30', digest: sha256('{}'), size: 2 }), /base64/);
    refuses('DOCUMENT_INVALID', () => parseWith({ data: '*', digest: sha256(''), size: 0 }), /base64/);
  });

  void it('have a name only where the annotation is their own', () => {
    const names = parseIndex(
      bytesOf(
        index(
          descriptor({ annotations: { 'org.opencontainers.image.ref.name': 'v1' } }),
          descriptor({ annotations: {} }),
          descriptor(),
        ),
      ),
      { what: 'the index' },
    ).manifests.map(refNameOf);
    assert.deepEqual(names, ['v1', undefined, undefined]);
  });

  void it('keep labels that are called like members of every object', () => {
    const text = JSON.stringify(manifest()).replace('{', '{"annotations":{"constructor":"a","__proto__":"b"},');
    const { annotations } = parseManifest(bytesOf(text), { what: 'm' });
    assert.deepEqual(Object.entries(annotations ?? {}), [
      ['constructor', 'a'],
      ['__proto__', 'b'],
    ]);
  });
});
