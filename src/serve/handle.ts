/** From a request to its answer. */
import { type Answer, fault } from './answer.ts';
import { answerError } from './answer-error.ts';
import { deleteBlob, getBlob } from './blobs.ts';
import { deleteManifest } from './delete-manifest.ts';
import { getManifest } from './get-manifest.ts';
import { listRepositories, listTags } from './listings.ts';
import { putManifest } from './put-manifest.ts';
import { listReferrers } from './referrers.ts';
import type { RegistryState } from './registry-state.ts';
import type { Request } from './request.ts';
import { type Route, routeOf } from './routes.ts';
import { appendUpload, beginUpload, cancelUpload, finishUpload, unknownUpload, uploadStatus } from './uploading.ts';
import type { Uploads } from './uploads.ts';

/** Never throws. */
export async function handle(state: RegistryState, request: Request): Promise<Answer> {
  try {
    const route = routeOf(request.path);
    return 'status' in route ? route : await answerRoute(state, request, route);
  } catch (error) {
    return answerError(error);
  }
}

type Reply = Answer | Promise<Answer>;

function answerRoute(state: RegistryState, request: Request, route: Route): Reply {
  const { method } = request;
  if (method === 'GET' || method === 'HEAD') return answerReading(state, request, route);
  const { uploads } = state;
  if (uploads === undefined) return notAllowed('GET, HEAD', 'this registry is read-only');
  if (route.kind === 'manifest') return answerManifest(state, request, route);
  if (route.kind === 'blob' && method === 'DELETE') return deleteBlob(state, route.digest);
  if (route.kind === 'uploads' && method === 'POST') return beginUpload(state, uploads, request, route.repository);
  if (route.kind === 'upload') return answerUpload(uploads, request, route);
  return notAllowed(route.kind === 'blob' ? 'GET, HEAD, DELETE' : 'GET, HEAD');
}

function answerReading(state: RegistryState, request: Request, route: Route): Reply {
  switch (route.kind) {
    case 'base':
      return { status: 200, headers: { 'Content-Type': 'application/json' }, body: Buffer.from('{}') };
    case 'catalog':
      return listRepositories(state, request);
    case 'tags':
      return listTags(state, request, route.repository);
    case 'manifest':
      return getManifest(state, request, route.repository, route.reference);
    case 'blob':
      return getBlob(state, request, route.digest);
    case 'referrers':
      return listReferrers(state, request, route.repository, route.digest);
    case 'uploads':
      return notAllowed('POST');
    case 'upload': {
      const upload = state.uploads?.find(route.repository, route.id);
      return upload === undefined ? unknownUpload() : uploadStatus(upload);
    }
  }
}

function answerManifest(state: RegistryState, request: Request, route: Route & { kind: 'manifest' }): Reply {
  const { repository, reference } = route;
  if (request.method === 'PUT') return putManifest(state, request, repository, reference);
  if (request.method === 'DELETE') return deleteManifest(state, repository, reference);
  return notAllowed('GET, HEAD, PUT, DELETE');
}

function answerUpload(uploads: Uploads, request: Request, route: Route & { kind: 'upload' }): Reply {
  const upload = uploads.find(route.repository, route.id);
  if (upload === undefined) return unknownUpload();
  if (request.method === 'PATCH') return appendUpload(uploads, upload, request);
  if (request.method === 'PUT') return finishUpload(uploads, upload, request);
  if (request.method === 'DELETE') return cancelUpload(uploads, upload, request);
  return notAllowed('GET, PATCH, PUT, DELETE');
}

function notAllowed(allowed: string, reason = 'the method is not allowed here'): Answer {
  return fault('UNSUPPORTED', reason, { headers: { Allow: allowed } });
}
