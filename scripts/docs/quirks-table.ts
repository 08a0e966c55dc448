import { type Quirks, quirksByHost } from '../../src/registry/index.ts';
import { code, table } from './markdown.ts';

/** What is known of real registries beyond the protocol; a row for each, whatever hosts it has. */
export function quirksTable(): string {
  const registries = Map.groupBy(quirksByHost, ([, { name }]) => name);
  return table(
    ['registry', 'hosts', 'known', 'credentials'],
    [...registries].map(([name, rows]) => {
      const [[, quirks] = ['', { name }]] = rows;
      const hosts = rows.map(([pattern]) => code(pattern)).join(', ');
      return [name, hosts, sentences(quirks).join('; '), quirks.login ?? ''];
    }),
  );
}

function sentences(quirks: Quirks): string[] {
  const { host, pageSize, needsRepository } = quirks;
  return [
    ...(host === undefined ? [] : [`asked at ${code(host)}`]),
    ...(quirks.lacksManifestHead ? ['HEAD of manifests is not tried'] : []),
    ...(quirks.lacksCatalog ? ['no list of repositories'] : []),
    ...(quirks.lacksMount ? ['mounts are not tried'] : []),
    ...(pageSize === undefined ? [] : [`pages of ${pageSize} names at most`]),
    ...(quirks.hidesMissing ? ['what is missing looks like what is forbidden'] : []),
    ...(needsRepository === undefined ? [] : [`a repository has to be made first: ${code(needsRepository)}`]),
  ];
}
