/** How real registries differ from the protocol, as data. What all of them may do is handled without asking here. */

export interface Quirks {
  /** For people. */
  readonly name: string;
  /** The host that is really asked; credentials and names stay with the one in image names. */
  readonly host?: string;
  /** HEAD of a manifest is never answered properly, so that asking is a waste. */
  readonly lacksManifestHead?: true;
  /** There is no list of all repositories. */
  readonly lacksCatalog?: true;
  /** Mounting from another repository is never possible, or fails in ways that look like missing rights. */
  readonly lacksMount?: true;
  /** The most names on one page of a list; more is refused. */
  readonly pageSize?: number;
  /** A repository that does not exist is answered with 401 or 403. */
  readonly hidesMissing?: true;
  /** A repository must be made before anything is pushed to it. */
  readonly needsRepository?: string;
  /** How to get credentials, where a password is not enough. */
  readonly login?: string;
}

const ecr: Quirks = {
  name: 'Amazon ECR',
  pageSize: 1000,
  needsRepository: 'aws ecr create-repository --repository-name NAME',
  login: 'aws ecr get-login-password, valid for twelve hours, with the user AWS',
};

/** `*` stands for any characters. The first row that fits counts. */
export const quirksByHost: readonly (readonly [pattern: string, Quirks])[] = [
  [
    'docker.io',
    {
      name: 'Docker Hub',
      host: 'registry-1.docker.io',
      lacksCatalog: true,
      hidesMissing: true,
      login: 'a password or a personal access token of Docker Hub',
    },
  ],
  ['quay.io', { name: 'Quay', hidesMissing: true, login: 'a robot account or an encrypted password' }],
  ['*.dkr.ecr.*.amazonaws.com', ecr],
  ['*.dkr.ecr.*.amazonaws.com.cn', ecr],
  [
    'public.ecr.aws',
    {
      name: 'Amazon ECR Public',
      pageSize: 1000,
      needsRepository: 'aws ecr-public create-repository --repository-name NAME',
      login: 'aws ecr-public get-login-password, valid for twelve hours, with the user AWS',
    },
  ],
  [
    '*-docker.pkg.dev',
    {
      name: 'Google Artifact Registry',
      needsRepository: 'gcloud artifacts repositories create NAME --repository-format docker',
      login: 'gcloud auth print-access-token, with the user oauth2accesstoken',
    },
  ],
  [
    'gcr.io',
    { name: 'Google Container Registry', login: 'gcloud auth print-access-token, with the user oauth2accesstoken' },
  ],
  [
    '*.gcr.io',
    { name: 'Google Container Registry', login: 'gcloud auth print-access-token, with the user oauth2accesstoken' },
  ],
  ['*.azurecr.io', { name: 'Azure Container Registry', login: 'az acr login --expose-token' }],
  [
    'ghcr.io',
    {
      name: 'GitHub Container Registry',
      hidesMissing: true,
      login: 'a token with the scope read:packages or write:packages',
    },
  ],
  [
    'docker.pkg.github.com',
    { name: 'GitHub Packages', lacksManifestHead: true, lacksCatalog: true, lacksMount: true, hidesMissing: true },
  ],
  [
    'registry.gitlab.com',
    {
      name: 'GitLab',
      hidesMissing: true,
      login: 'a token with the scope read_registry or write_registry',
    },
  ],
];

const noQuirks: Quirks = { name: 'registry' };

/** @param registry host with port, as in image names */
export function quirksOf(registry: string): Quirks {
  return quirksByHost.find(([pattern]) => fits(registry.toLowerCase(), pattern))?.[1] ?? noQuirks;
}

function fits(registry: string, pattern: string): boolean {
  const source = pattern
    .split('*')
    .map((part) => RegExp.escape(part))
    .join('.*');
  return new RegExp(`^${source}$`).test(registry);
}
