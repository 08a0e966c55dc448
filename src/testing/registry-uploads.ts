/** Uploads to a test registry: begun, continued, asked about, ended, given up, or made needless by a mount. */
import type { Digest } from '../base/index.ts';
import { type Answer, answer, quirkRefusal, refusal } from './registry-answers.ts';
import { digestOf } from './registry-blobs.ts';
import { isDigestOf, type Upload } from './registry-content.ts';
import type { Exchange } from './registry-exchange.ts';

/** POST to the uploads of a repository. */
export async function beginUpload(exchange: Exchange, repository: string): Promise<Answer> {
  const { quirks, content, url } = exchange;
  if (quirks.repositories === 'required' && !content.repositories.has(repository)) {
    return refusal(404, 'NAME_UNKNOWN', 'the repository does not exist');
  }
  const mount = url.searchParams.get('mount');
  const mounted = mount === null ? undefined : answerMount(exchange, repository, mount);
  if (mounted) return mounted;
  const upload = content.beginUpload(repository);
  const digest = url.searchParams.get('digest');
  if (digest === null || quirks.singlePost === 'ignored') return uploadAnswer(exchange, upload, 202);
  const refused = await receive(exchange, upload);
  return refused ?? endUpload(exchange, upload, digest);
}

/** GET, PATCH, PUT and DELETE of one upload. */
export async function answerUpload(exchange: Exchange, repository: string, id: string): Promise<Answer> {
  const { method, content, quirks, url } = exchange;
  const upload = content.uploads.get(id);
  if (upload?.repository !== repository) return refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'there is no such upload');
  if (quirks.uploadState && url.searchParams.get('_state') !== stateOf(upload)) {
    return refusal(400, 'BLOB_UPLOAD_INVALID', 'the state is not that of the last Location');
  }
  switch (method) {
    case 'GET':
      return quirks.uploadProgress === 'answered'
        ? uploadAnswer(exchange, upload, 204)
        : quirkRefusal(quirks.uploadProgress);
    case 'PATCH':
      return (await receive(exchange, upload)) ?? uploadAnswer(exchange, upload, quirks.patchStatus);
    case 'PUT':
      return (await receive(exchange, upload)) ?? endUpload(exchange, upload, url.searchParams.get('digest') ?? '');
    case 'DELETE':
      content.uploads.delete(id);
      return answer(204);
    default:
      return refusal(405, 'UNSUPPORTED', 'an upload does not know this method');
  }
}

/** Undefined when an upload has to begin instead. */
function answerMount(exchange: Exchange, repository: string, mount: string): Answer | undefined {
  const { quirks, content, url } = exchange;
  const from = url.searchParams.get('from');
  const rule = from === null ? quirks.anonymousMount : quirks.mount;
  if (rule === 'ignored') return undefined;
  if (rule !== 'answered') return quirkRefusal(rule);
  const source = from === null ? undefined : content.repositories.get(from);
  if (from !== null && source === undefined) {
    return quirks.mountMissing === 'ignored' ? undefined : quirkRefusal(quirks.mountMissing);
  }
  const blob = from === null ? content.blob(mount) : source?.blobs.get(mount as Digest);
  if (blob === undefined) return undefined;
  content.repository(repository).blobs.set(mount as Digest, blob);
  return blobMade(repository, mount, 201);
}

/** Takes the body of a request in; gives an answer when it is refused. */
async function receive(exchange: Exchange, upload: Upload): Promise<Answer | undefined> {
  const { quirks, headers, body, method } = exchange;
  const range = headers['content-range'];
  const [, from, to] = /^(?:bytes[ =])?(\d+)-(\d+)/.exec(range ?? '') ?? [];
  if (range !== undefined && Number(from) !== upload.size) return uploadAnswer(exchange, upload, 416);
  if (method === 'PATCH' && to !== undefined && Number(to) - Number(from) + 1 < quirks.chunkMinimum) {
    // The last chunk may be shorter, but a PATCH does not say that it is the last: a PUT can bring it.
    return uploadAnswer(exchange, upload, 416);
  }
  const before = { chunks: [...upload.chunks], size: upload.size };
  try {
    await body.forEach((piece) => {
      if (body.arrived > quirks.chunkLimit) return;
      upload.chunks.push(Buffer.from(piece));
      upload.size += piece.length;
    });
  } catch (error) {
    if (quirks.brokenUpload === 'lost') Object.assign(upload, before);
    throw error;
  }
  if (body.arrived <= quirks.chunkLimit) return undefined;
  Object.assign(upload, before);
  return refusal(413, 'SIZE_INVALID', 'the chunk is too large');
}

function endUpload({ content, quirks }: Exchange, upload: Upload, reference: string): Answer {
  const digest = digestOf(reference);
  const bytes = Buffer.concat(upload.chunks);
  if (digest === undefined || !isDigestOf(digest, bytes)) {
    return refusal(400, 'DIGEST_INVALID', 'the digest is not that of what was uploaded');
  }
  content.uploads.delete(upload.id);
  content.repository(upload.repository).blobs.set(digest, bytes);
  return blobMade(upload.repository, digest, quirks.uploadPutStatus);
}

function blobMade(repository: string, digest: string, status: number): Answer {
  return answer(status, { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest });
}

function uploadAnswer({ quirks, origin }: Exchange, upload: Upload, status: number): Answer {
  upload.turn += 1;
  const base = quirks.uploadOrigin || (quirks.uploadLocation === 'absolute' ? origin : '');
  const state = quirks.uploadState ? `?_state=${encodeURIComponent(stateOf(upload))}` : '';
  return answer(status, {
    location: `${base}/v2/${upload.repository}/blobs/uploads/${upload.id}${state}`,
    // An empty upload is told as "0-0" by Docker's own registry too.
    range: `0-${Math.max(0, upload.size - 1)}`,
    'docker-upload-uuid': upload.id,
    'oci-chunk-min-length': quirks.chunkMinimum > 0 ? String(quirks.chunkMinimum) : undefined,
  });
}

/** Text that a client which does not escape queries properly would spoil. */
function stateOf(upload: Upload): string {
  return `${upload.id}/${upload.turn}+=&`;
}
