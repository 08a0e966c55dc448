/** Lists of tags and repositories, page by page. */
import { type Answer, fault, json } from './answer.ts';
import type { RegistryState } from './registry-state.ts';
import type { Request } from './request.ts';

export function listTags({ catalogue }: RegistryState, request: Request, repository: string): Answer {
  const holding = catalogue.holdings().get(repository);
  if (holding === undefined) return fault('NAME_UNKNOWN', `there is no repository ${repository}`);
  return page(request, [...holding.tags.keys()], `/v2/${repository}/tags/list`, (tags) => ({ name: repository, tags }));
}

export function listRepositories({ catalogue }: RegistryState, request: Request): Answer {
  return page(request, [...catalogue.holdings().keys()], '/v2/_catalog', (repositories) => ({ repositories }));
}

/** In the order of bytes, `n` names after `last`, with a Link when more follow. */
function page(
  { query }: Request,
  names: readonly string[],
  path: string,
  document: (names: readonly string[]) => unknown,
): Answer {
  const wanted = query.get('n') ?? '';
  if (!/^\d{0,9}$/.test(wanted)) return fault('PAGINATION_NUMBER_INVALID', 'n should be a number');
  const last = query.get('last') ?? '';
  const rest = names.filter((name) => name > last).sort();
  const shown = wanted === '' ? rest : rest.slice(0, Number(wanted));
  const isMore = shown.length > 0 && shown.length < rest.length;
  const next = `${path}?n=${wanted}&last=${encodeURIComponent(shown.at(-1) ?? '')}`;
  return json(document(shown), isMore ? { headers: { Link: `<${next}>; rel="next"` } } : {});
}
