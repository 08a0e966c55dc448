/** The credentials of one registry, each looked up once: asking a helper starts a process. */
import type { Credential, CredentialStore } from '../credentials/index.ts';
import type { Secrets } from './secrets.ts';
import { basicAuthorization } from './token.ts';

export class HeldCredentials {
  readonly #registry: string;
  readonly #store: CredentialStore | undefined;
  readonly #secrets: Secrets;
  readonly #closing: AbortSignal;
  readonly #found = new Map<string, Promise<Credential | undefined>>();

  /** @param closing ends the lookups that are under way, and the helpers that they run */
  constructor(registry: string, store: CredentialStore | undefined, secrets: Secrets, closing: AbortSignal) {
    this.#registry = registry;
    this.#store = store;
    this.#secrets = secrets;
    this.#closing = closing;
  }

  /** @throws CREDENTIALS_INVALID */
  find(repository: string): Promise<Credential | undefined> {
    const known = this.#found.get(repository);
    if (known) return known;
    const finding = this.#ask(repository);
    this.#found.set(repository, finding);
    finding.catch(() => this.#found.delete(repository));
    return finding;
  }

  /** The next lookup asks again: helpers renew what they give. */
  forget(repository: string): void {
    this.#found.delete(repository);
  }

  /** Keeps a renewed identity token for as long as this program runs. */
  renew(repository: string, token: string): void {
    this.#secrets.add(token);
    this.#found.set(repository, Promise.resolve({ kind: 'identity-token', token }));
  }

  async #ask(repository: string): Promise<Credential | undefined> {
    const credential = await this.#store?.find(this.#registry, repository, this.#closing);
    if (credential === undefined) return undefined;
    this.#secrets.add(credential.kind === 'password' ? credential.password : credential.token);
    const basic = basicAuthorization(credential);
    if (basic !== undefined) this.#secrets.add(basic.slice('Basic '.length));
    return credential;
  }
}
