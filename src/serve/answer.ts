/** What the registry answers, as data: handlers give it, one place sends it. */
import type { StoredBlob } from '../store/index.ts';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Uint8Array | BlobSlice;
  /** What was thrown, for whoever runs the registry. It is not sent. */
  readonly cause?: unknown;
}

/** A part of a blob; whoever sends the answer closes the blob. */
export interface BlobSlice {
  readonly blob: StoredBlob;
  readonly start: number;
  readonly length: number;
}

/** The error codes of the distribution-spec, and two of Docker's that clients know. */
export type FaultCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DENIED'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'PAGINATION_NUMBER_INVALID'
  | 'SIZE_INVALID'
  | 'TAG_INVALID'
  | 'TOOMANYREQUESTS'
  | 'UNAUTHORIZED'
  | 'UNKNOWN'
  | 'UNSUPPORTED';

const statusOf: Readonly<Record<FaultCode, number>> = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  PAGINATION_NUMBER_INVALID: 400,
  SIZE_INVALID: 400,
  TAG_INVALID: 400,
  TOOMANYREQUESTS: 429,
  UNAUTHORIZED: 401,
  UNKNOWN: 500,
  UNSUPPORTED: 405,
};

/** An error body of the distribution-spec. The message is for people; control characters in it are JSON's to escape. */
export function fault(
  code: FaultCode,
  message: string,
  more: { readonly status?: number; readonly headers?: Answer['headers'] } = {},
): Answer {
  const body = { errors: [{ code, message: message.slice(0, 1000) }] };
  return json(body, { status: more.status ?? statusOf[code], headers: more.headers ?? {} });
}

export function json(
  value: unknown,
  more: { readonly status?: number; readonly headers?: Answer['headers'] } = {},
): Answer {
  return {
    status: more.status ?? 200,
    headers: { 'Content-Type': 'application/json', ...more.headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

export function isSlice(body: Uint8Array | BlobSlice): body is BlobSlice {
  return !(body instanceof Uint8Array);
}
