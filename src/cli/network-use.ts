/** How a command gets at registries. */
import { isHoldfastError } from '../base/index.ts';
import { readTokenFile } from '../host/index.ts';
import { parseReference } from '../oci/index.ts';
import type { NetworkOptions } from '../registry/index.ts';
import type { CommandContext } from './command-context.ts';

/**
 * `--insecure` is for the registries that the command line names, and for no other that they lead to.
 * @param hosts registries, where the arguments are no image references
 */
export function networkUse(context: CommandContext, hosts = hostsOf(referencesOf(context))): NetworkOptions {
  const { insecure, authfile, registryMirror, tokenFile } = context.values;
  const { env } = context.io;
  return {
    insecureHosts: insecure ? hosts : [],
    mirrors: registryMirror,
    env: tokenFile === undefined ? env : { ...env, HOLDFAST_PROBE_TOKEN: readTokenFile(tokenFile) },
    ...(authfile === undefined ? {} : { authfile }),
  };
}

function referencesOf({ arguments: named, values }: CommandContext): readonly string[] {
  const { base, from, into, to, oldBase, newBase } = values;
  return [...named, base, from, into, to, oldBase, newBase].filter((reference) => reference !== undefined);
}

function hostsOf(references: readonly string[]): string[] {
  return references.flatMap((text) => {
    if (/^https?:\/\//i.test(text)) return URL.canParse(text) ? [new URL(text).host] : [];
    try {
      const reference = parseReference(text);
      return reference.transport === 'registry' ? [reference.name.registry] : [];
    } catch (error) {
      if (isHoldfastError(error)) return [];
      throw error;
    }
  });
}
