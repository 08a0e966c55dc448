/** Listing tags and repositories. */
import * as v from 'valibot';
import { HoldfastError, quoteText } from '../base/index.ts';
import type { HttpResponse } from '../http/index.ts';
import { nextPage, PageGuard, readPage } from './paging.ts';
import { accessTo, pathOf, type Place } from './place.ts';
import type { RequestOptions } from './registry-client.ts';
import type { RegistryHost } from './registry-host.ts';
import type { Access } from './scope.ts';

/** The tags of a repository, in the order of the registry. */
export async function* listTags(
  placeNow: () => Place,
  options: RequestOptions,
): AsyncGenerator<string, void, undefined> {
  const place = placeNow();
  const what = `${place.host.registry}/${place.repository}`;
  yield* listNames(place.host, {
    target: pathOf(place, 'tags/list'),
    access: accessTo(place, 'pull'),
    what,
    read: (page) => v.parse(tagPage, page).tags ?? [],
    isName: (name) => /^\w[\w.-]{0,127}$/.test(name),
    refusal: (response) => place.host.refusal(response, what, accessTo(place, 'pull')),
    ...options,
  });
}

/** The repositories of a registry. @throws REGISTRY_LACKS where it does not tell them */
export async function* listRepositories(
  hostNow: () => RegistryHost,
  options: RequestOptions,
): AsyncGenerator<string, void, undefined> {
  const host = hostNow();
  const what = 'the list of its repositories';
  if (host.quirks.lacksCatalog === true) throw lacksCatalog(host);
  yield* listNames(host, {
    target: './_catalog',
    access: { repository: '', actions: [], isCatalog: true },
    what,
    read: (page) => v.parse(repositoryPage, page).repositories ?? [],
    isName: (name) => /^[\w.\-/]{1,512}$/.test(name),
    refusal: async (response) => {
      const isStranger = response.status === 401 && (await host.question(what, noAccess)).isAnonymous;
      if (isStranger || !unanswered.has(response.status)) return host.refusal(response, what, noAccess);
      await response.discard();
      return lacksCatalog(host);
    },
    ...options,
  });
}

/** Statuses by which registries say that they have no such list, or not for this user. */
const unanswered: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 501]);
const noAccess: Access = { repository: '', actions: [] };

function lacksCatalog({ registry, quirks }: RegistryHost): HoldfastError {
  const hint =
    quirks.lacksCatalog === true
      ? `${quirks.name} has no such list; look on its website`
      : 'it has none, or shows it to other users only; list the tags of one repository with: holdfast tags NAME';
  return new HoldfastError('REGISTRY_LACKS', { host: registry, what: 'a list of all repositories', hint });
}

const names = v.nullish(v.array(v.string()));
const tagPage = v.object({ tags: names });
const repositoryPage = v.object({ repositories: names });

/** Names on one page; several registries refuse more. */
const usualPageSize = 1000;

interface NameList extends RequestOptions {
  /** Without a query. */
  readonly target: string;
  readonly access: Access;
  readonly what: string;
  readonly read: (page: unknown) => readonly string[];
  readonly isName: (name: string) => boolean;
  readonly refusal: (response: HttpResponse) => Promise<Error>;
}

async function* listNames(host: RegistryHost, list: NameList): AsyncGenerator<string, void, undefined> {
  const size = Math.min(host.quirks.pageSize ?? usualPageSize, usualPageSize);
  const guard = new PageGuard(host, list.what);
  let target: string | URL | undefined = `${list.target}?n=${size}`;
  let before = '';
  while (target !== undefined) {
    const response = await host.send({ method: 'GET', target, access: list.access, signal: list.signal });
    if (response.status !== 200) throw await list.refusal(response);
    await guard.check(response);
    const page = await readNames(host, response, list);
    // A registry that does not know "last" begins from the beginning again.
    if (before !== '' && page.includes(before)) return;
    yield* page;
    const next = nextPage(host, response, list.what);
    const last = page.at(-1);
    before = next === undefined ? (last ?? '') : '';
    const isFull = page.length >= size && last !== undefined;
    target = next ?? (isFull ? `${list.target}?n=${size}&last=${encodeURIComponent(last)}` : undefined);
  }
}

async function readNames(host: RegistryHost, response: HttpResponse, list: NameList): Promise<readonly string[]> {
  const page = await readPage(host, response, list.what);
  let found: readonly string[];
  try {
    found = list.read(page);
  } catch {
    throw host.nonsense(list.what, 'the list has another shape than it should');
  }
  const wrong = found.find((name) => !list.isName(name));
  if (wrong !== undefined) throw host.nonsense(list.what, `${quoteText(wrong)} is no valid name`);
  return found;
}
