/** Small documents for the tests of this folder, and how errors are expected. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type ErrorCode, isHoldfastError } from '../../src/base/index.ts';

export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';
export const ociConfig = 'application/vnd.oci.image.config.v1+json';
export const ociLayer = 'application/vnd.oci.image.layer.v1.tar';

export function bytesOf(value: unknown): Uint8Array {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

export function sha256(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

export interface DescriptorFields {
  readonly mediaType?: unknown;
  readonly digest?: unknown;
  readonly size?: unknown;
  readonly [key: string]: unknown;
}

export function descriptor(fields: DescriptorFields = {}): DescriptorFields {
  return { mediaType: ociLayer, digest: sha256('x'), size: 1, ...fields };
}

export function manifest(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    schemaVersion: 2,
    mediaType: ociManifest,
    config: descriptor({ mediaType: ociConfig }),
    layers: [descriptor()],
    ...fields,
  };
}

export function index(...manifests: readonly unknown[]): Record<string, unknown> {
  return { schemaVersion: 2, mediaType: ociIndex, manifests };
}

/** Runs something that must fail with one coded error, whose text must match. */
export function refuses(code: ErrorCode, run: () => unknown, text = /./): void {
  assert.throws(run, (error) => {
    assert.ok(isHoldfastError(error), String(error));
    assert.equal(error.code, code, error.message);
    assert.match(`${error.message}\n${error.hint ?? ''}`, text);
    return true;
  });
}
