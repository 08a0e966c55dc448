/** Where registries are to be found, beyond what their names say. */

/** Another place to pull from. */
export interface Mirror {
  /**
   * `HOST[:PORT][/PATH]`, or the same as an address with `http:` or `https:`. What follows the prefix in a name follows
   * the path here.
   */
  readonly location: string;
  /** Only for pulls by digest, or only by tag; for both unless given. */
  readonly only?: 'digest' | 'tag';
}

/** Where to find registries, beyond their names. Keys are `HOST[:PORT][/PATH]`, or `*.DOMAIN` for hosts below it. */
export interface RegistrySettings {
  /** In the order in which they are tried; the registry itself comes last. */
  readonly mirrors?: ReadonlyMap<string, readonly Mirror[]>;
  /** `HOST[:PORT][/PATH]` that is asked instead, for reading and writing. */
  readonly relocations?: ReadonlyMap<string, string>;
  /** What must not be asked at all. */
  readonly blocked?: readonly string[];
  /** Hosts, with port where they have one, that may be reached by http, or by https without verification. */
  readonly insecureHosts?: readonly string[];
}
