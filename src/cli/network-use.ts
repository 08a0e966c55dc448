/** How a command gets at registries. */
import { isHoldfastError } from '../base/index.ts';
import { parseReference } from '../oci/index.ts';
import type { NetworkOptions } from '../registry/index.ts';
import type { CommandContext } from './command-context.ts';

/**
 * `--insecure` is for the registries that the command line names, and for no other that they lead to.
 * @param hosts registries, where the arguments are no image references
 */
export function networkUse(context: CommandContext, hosts = hostsOf(context.arguments)): NetworkOptions {
  const { insecure, authfile, registryMirror } = context.values;
  return {
    insecureHosts: insecure ? hosts : [],
    mirrors: registryMirror,
    env: context.io.env,
    ...(authfile === undefined ? {} : { authfile }),
  };
}

function hostsOf(references: readonly string[]): string[] {
  return references.flatMap((text) => {
    try {
      const reference = parseReference(text);
      return reference.transport === 'registry' ? [reference.name.registry] : [];
    } catch (error) {
      if (isHoldfastError(error)) return [];
      throw error;
    }
  });
}
