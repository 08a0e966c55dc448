/** A registry client that is made for its first call: what needs no registry reads no settings of any. */
import type { RegistryClient } from './registry-client.ts';

/** @param connect makes it; what that throws, the first call throws */
export function lateClient(connect: () => RegistryClient): RegistryClient {
  let made: RegistryClient | undefined;
  const client = (): RegistryClient => (made ??= connect());
  return {
    resolve: async (...call) => await client().resolve(...call),
    getManifest: async (...call) => await client().getManifest(...call),
    getBlob: (...call) => client().getBlob(...call),
    hasBlob: async (...call) => await client().hasBlob(...call),
    hasManifest: async (...call) => await client().hasManifest(...call),
    putBlob: async (...call) => await client().putBlob(...call),
    putManifest: async (...call) => await client().putManifest(...call),
    tags: (...call) => client().tags(...call),
    catalog: (...call) => client().catalog(...call),
    referrers: async (...call) => await client().referrers(...call),
    deleteManifest: async (...call) => await client().deleteManifest(...call),
    checkAccess: async (...call) => await client().checkAccess(...call),
    [Symbol.asyncDispose]: async () => await made?.[Symbol.asyncDispose](),
  };
}
