/** From a path to what a test registry does, and what a client must be allowed for that. */
import { type Answer, answer, quirkRefusal, refusal } from './registry-answers.ts';
import { type Gate, type Need, refuseEntry } from './registry-auth.ts';
import { answerBlob } from './registry-blobs.ts';
import type { Exchange } from './registry-exchange.ts';
import { answerCatalog, answerReferrers, answerTags } from './registry-lists.ts';
import { answerManifest } from './registry-manifests.ts';
import { answerUpload, beginUpload } from './registry-uploads.ts';

interface Route {
  readonly needs: readonly Need[];
  answer(exchange: Exchange): Answer | Promise<Answer>;
}

/** What the registry says, when nothing goes wrong on the way. @throws BrokenBody */
export async function answerExchange(gate: Gate, exchange: Exchange): Promise<Answer> {
  const { quirks, headers } = exchange;
  if (quirks.refusesAuthorization && headers['authorization'] !== undefined) {
    return refusal(400, 'DENIED', 'only one way of authorization is allowed');
  }
  const route = routeOf(exchange);
  if (route === undefined) return refusal(404, 'NOT_FOUND', 'there is nothing here');
  return refuseEntry(gate, exchange, route.needs) ?? route.answer(exchange);
}

function routeOf(exchange: Exchange): Route | undefined {
  const path = decoded(exchange.url.pathname);
  if (/^\/v2\/?$/.test(path)) return { needs: [], answer: ping };
  if (path === '/v2/_catalog') return { needs: [], answer: answerCatalog };
  const [, repository = '', kind = '', rest = ''] =
    /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests|tags|referrers)(?:\/([^/]*))?$/.exec(path) ?? [];
  if (repository === '') return undefined;
  if (!namePattern.test(repository)) {
    return { needs: [], answer: () => refusal(400, 'NAME_INVALID', 'invalid repository name') };
  }
  const handler = handlerOf(exchange.method, kind, rest);
  return handler && { needs: needsOf(exchange, repository), answer: (given) => handler(given, repository, rest) };
}

type Handler = (exchange: Exchange, repository: string, rest: string) => Answer | Promise<Answer>;

function handlerOf(method: string, kind: string, rest: string): Handler | undefined {
  const reads = method === 'GET' || method === 'HEAD';
  switch (kind) {
    case 'blobs/uploads':
      if (rest !== '') return answerUpload;
      return method === 'POST' ? beginUpload : undefined;
    case 'blobs':
      return reads || method === 'DELETE' ? answerBlob : undefined;
    case 'manifests':
      return answerManifest;
    case 'tags':
      return reads && rest === 'list' ? answerTags : undefined;
    default:
      return reads ? answerReferrers : undefined;
  }
}

function ping({ quirks }: Exchange): Answer {
  const headers = { 'docker-distribution-api-version': 'registry/2.0' };
  return quirks.ping === 'answered' ? answer(200, headers) : quirkRefusal(quirks.ping);
}

const namePattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** As Docker's registry asks: uploads need both pull and push, a mount also pull where the blob is. */
function needsOf({ method, url }: Exchange, repository: string): readonly Need[] {
  const from = url.searchParams.get('from');
  if (method === 'DELETE' && !url.pathname.includes('/blobs/uploads/')) return [{ repository, actions: ['delete'] }];
  if (method === 'GET' || method === 'HEAD') return [{ repository, actions: ['pull'] }];
  const own: Need = { repository, actions: ['pull', 'push'] };
  return url.searchParams.has('mount') && from !== null ? [own, { repository: from, actions: ['pull'] }] : [own];
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}
