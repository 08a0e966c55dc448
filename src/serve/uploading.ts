/** Blobs on their way in: POST, PATCH, PUT, GET and DELETE of uploads. */
import { type Digest, type DigestAlgorithm, digestAlgorithm, isHoldfastError } from '../base/index.ts';
import { type Answer, fault } from './answer.ts';
import { parseContentRange } from './byte-ranges.ts';
import type { Request } from './request.ts';
import { readDigest } from './routes.ts';
import type { RegistryState } from './registry-state.ts';
import { openBlob } from './stored-blob.ts';
import type { Upload } from './upload.ts';
import type { Uploads } from './uploads.ts';

/** Begins an upload; mounts a blob that is there already; or takes a whole blob at once. */
export async function beginUpload(
  { store }: RegistryState,
  uploads: Uploads,
  request: Request,
  repository: string,
): Promise<Answer> {
  const mounted = readDigest(request.query.get('mount') ?? '');
  if (mounted !== undefined) {
    using blob = openBlob(store, mounted);
    if (blob !== undefined) return stored(repository, mounted);
  }
  const given = request.query.get('digest');
  const digest = readDigest(given ?? '');
  if (given !== null && digest === undefined) return malformedDigest();
  const algorithm = digest === undefined ? askedAlgorithm(request) : digestAlgorithm(digest);
  if (algorithm === undefined) return fault('DIGEST_INVALID', 'only sha256 and sha512 are known');
  const upload = uploads.begin(repository, algorithm);
  if (upload === undefined) return fault('TOOMANYREQUESTS', 'too many uploads are under way');
  return digest === undefined ? progress(upload, 202) : completeUpload(uploads, upload, request, digest);
}

/** Appends a chunk, or a stream that ends when the client says so. */
export async function appendUpload(uploads: Uploads, upload: Upload, request: Request): Promise<Answer> {
  using _turn = await upload.enter(() => request.abort());
  return (await receive(uploads, upload, request)) ?? progress(upload, 202);
}

/** The rest of an upload, which may be all or nothing of it, and what it should be. */
export async function finishUpload(uploads: Uploads, upload: Upload, request: Request): Promise<Answer> {
  const digest = readDigest(request.query.get('digest') ?? '');
  if (digest === undefined) return malformedDigest();
  using _turn = await upload.enter(() => request.abort());
  return (await receive(uploads, upload, request)) ?? publish(uploads, upload, digest);
}

export function uploadStatus(upload: Upload): Answer {
  return progress(upload, 204);
}

export async function cancelUpload(uploads: Uploads, upload: Upload, request: Request): Promise<Answer> {
  using _turn = await upload.enter(() => request.abort());
  uploads.discard(upload);
  return { status: 204 };
}

/** One request that brings a whole blob: when it fails there is nothing to continue. */
async function completeUpload(uploads: Uploads, upload: Upload, request: Request, digest: Digest): Promise<Answer> {
  try {
    return (await receive(uploads, upload, request)) ?? (await publish(uploads, upload, digest));
  } finally {
    uploads.discard(upload);
  }
}

async function publish(uploads: Uploads, upload: Upload, digest: Digest): Promise<Answer> {
  await uploads.publish(upload, digest);
  return stored(upload.repository, digest);
}

/** @returns an answer only if the body is refused */
async function receive(uploads: Uploads, upload: Upload, request: Request): Promise<Answer | undefined> {
  if (uploads.find(upload.repository, upload.id) === undefined) return unknownUpload();
  const header = request.headers['content-range'];
  const range = header === undefined ? undefined : parseContentRange(header);
  if (header !== undefined && range === undefined)
    return fault('BLOB_UPLOAD_INVALID', 'the Content-Range is malformed');
  if (range !== undefined && range.start !== upload.received) return outOfOrder(upload);
  if (range !== undefined && range.length !== (request.contentLength ?? range.length)) {
    return fault('SIZE_INVALID', 'Content-Range and Content-Length differ');
  }
  try {
    await upload.append(request.body(), range?.length);
    return undefined;
  } catch (error) {
    if (isHoldfastError(error)) throw error;
    return fault('BLOB_UPLOAD_INVALID', 'the body broke off');
  }
}

function askedAlgorithm(request: Request): DigestAlgorithm | undefined {
  const asked = request.query.get('digest-algorithm') ?? 'sha256';
  return asked === 'sha256' || asked === 'sha512' ? asked : undefined;
}

/** Where to go on, and from which byte. Nothing at all is said as Docker's registry says it. */
function progress(upload: Upload, status: number): Answer {
  return { status, headers: whereToGoOn(upload) };
}

function outOfOrder(upload: Upload): Answer {
  const message = `the next byte is ${upload.received}`;
  return fault('BLOB_UPLOAD_INVALID', message, { status: 416, headers: whereToGoOn(upload) });
}

function whereToGoOn({ repository, id, received }: Upload): Record<string, string> {
  return {
    Location: `/v2/${repository}/blobs/uploads/${id}`,
    Range: `0-${Math.max(0, received - 1)}`,
    'Docker-Upload-UUID': id,
  };
}

function stored(repository: string, digest: Digest): Answer {
  const headers = { Location: `/v2/${repository}/blobs/${digest}`, 'Docker-Content-Digest': digest };
  return { status: 201, headers };
}

export function unknownUpload(): Answer {
  return fault('BLOB_UPLOAD_UNKNOWN', 'there is no such upload');
}

function malformedDigest(): Answer {
  return fault('DIGEST_INVALID', 'the digest is missing, malformed or of an unknown algorithm');
}
