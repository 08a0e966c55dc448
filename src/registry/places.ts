/** The hosts that one client talks to, each made once, and the places of repositories on them. */
import { HoldfastError } from '../base/index.ts';
import { Authoriser } from './authorise.ts';
import { HeldCredentials } from './held-credentials.ts';
import { insecureHostsOf, isBlocked, mirrorsOf, originOf } from './mirrors.ts';
import type { Place } from './place.ts';
import { quirksOf } from './quirks.ts';
import type { RegistryOptions, Repository } from './registry-client.ts';
import { RegistryHost } from './registry-host.ts';
import { Secrets } from './secrets.ts';

export class Places {
  readonly #options: RegistryOptions;
  readonly #hosts = new Map<string, RegistryHost>();
  readonly #secrets = new Secrets();
  readonly #closing = new AbortController();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Where a repository is written, and read when no mirror has it. @throws HOST_UNREACHABLE when it is blocked */
  origin(repository: Repository): Place {
    if (isBlocked(repository, this.#options)) {
      const reason = 'the configuration of registries blocks it';
      const host = repository.registry;
      throw new HoldfastError('HOST_UNREACHABLE', { host, reason, hint: 'see "blocked" in registries.conf' });
    }
    return this.#place(originOf(repository, this.#options));
  }

  /** Where to pull from, in order; the origin is the last. @throws HOST_UNREACHABLE when it is blocked */
  forPull(repository: Repository, pull: 'digest' | 'tag'): readonly [...Place[], Place] {
    const origin = this.origin(repository);
    const mirrors = mirrorsOf(repository, this.#options, pull).map((site) => this.#place(site, repository.registry));
    return [...mirrors, origin];
  }

  /** Ends what nobody waits for any more: a helper may ask a person, and would keep the process alive. */
  close(): void {
    const reason = 'the client was closed';
    const data = { host: 'every host', what: 'what was under way', reason };
    this.#closing.abort(new HoldfastError('TRANSFER_INTERRUPTED', data));
  }

  #place({ registry, repository }: Repository, namespace?: string): Place {
    const key = `${registry} ${namespace ?? ''}`;
    const host = this.#hosts.get(key) ?? this.#makeHost(registry, namespace);
    this.#hosts.set(key, host);
    return { host, repository };
  }

  #makeHost(registry: string, namespace: string | undefined): RegistryHost {
    const { http, credentials, quirks: own, now = monotonicSeconds } = this.#options;
    const secrets = this.#secrets;
    const quirks = (own ?? quirksOf)(registry);
    const held = new HeldCredentials(registry, credentials, secrets, this.#closing.signal);
    const authoriser = new Authoriser({ http, registry, credentials: held, secrets, quirks, now });
    const insecureHosts = insecureHostsOf(this.#options);
    return new RegistryHost({ http, registry, authoriser, secrets, quirks, insecureHosts, namespace });
  }
}

function monotonicSeconds(): number {
  return performance.now() / 1000;
}
