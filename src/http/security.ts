/** What TLS checks and shows, host by host. */
import type { SecureContext, SecureContextOptions } from 'node:tls';
import { HoldfastError } from '../base/index.ts';
import { readHostCertificates } from './certificate-directories.ts';
import type { LenientHosts } from './hosts.ts';
import type { Environment } from './proxy.ts';
import { splitCertificates, trustedAuthorities } from './trusted-authorities.ts';

/** Options of tls.connect. */
export interface Security {
  readonly rejectUnauthorized: boolean;
  readonly secureContext: SecureContext;
}

export class SecurityPolicy {
  readonly #env: Environment;
  readonly #directories: readonly string[];
  readonly #lenient: LenientHosts;
  #authorities: readonly string[] | undefined;
  #usual: SecureContext | undefined;

  constructor(env: Environment, directories: readonly string[], lenient: LenientHosts) {
    this.#env = env;
    this.#directories = directories;
    this.#lenient = lenient;
  }

  /** @throws TLS_REFUSED when a file in a certificate directory cannot be used */
  forHost(url: URL): Security {
    const isLenient = this.#lenient.has(url);
    const { authorities, client } = readHostCertificates(this.#directories, url);
    if (authorities.length === 0 && client === undefined && !isLenient) return this.forAnybody();
    const own = authorities.flatMap(splitCertificates);
    const identity = client ? { cert: client.certificate, key: client.key } : {};
    const trust = isLenient ? {} : { ca: [...this.#trusted(), ...own] };
    return {
      rejectUnauthorized: !isLenient,
      secureContext: load({ ...identity, ...trust }, url.host),
    };
  }

  /** For a host without settings of its own, such as a proxy. */
  forAnybody(): Security {
    this.#usual ??= makeContext({ ca: [...this.#trusted()] });
    return { rejectUnauthorized: true, secureContext: this.#usual };
  }

  #trusted(): readonly string[] {
    this.#authorities ??= trustedAuthorities(this.#env);
    return this.#authorities;
  }
}

/** node:tls takes milliseconds to load, and many commands never speak to a host. */
function makeContext(options: SecureContextOptions): SecureContext {
  return process.getBuiltinModule('node:tls').createSecureContext(options);
}

function load(options: SecureContextOptions, host: string): SecureContext {
  try {
    return makeContext(options);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new HoldfastError('TLS_REFUSED', {
      host,
      reason: `its directory in certs.d holds something that is not a certificate or key (${code ?? 'unknown format'})`,
      hint: 'put it right, or remove it',
    });
  }
}
