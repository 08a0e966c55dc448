/** Whether a registry lets this user in. */
import type { Place } from './place.ts';
import type { RequestOptions } from './registry-client.ts';

/** Asks for the base of the API, which needs a credential wherever any is needed. */
export async function checkAccess({ host }: Place, { signal }: RequestOptions): Promise<void> {
  const access = { repository: '', actions: [] };
  const response = await host.send({ method: 'GET', target: './', access, signal });
  if (response.status === 404) {
    await response.discard();
    throw host.nonsense('access', 'it is no registry of the distribution protocol (GET /v2/ is not found)');
  }
  if (response.status !== 200) throw await host.refusal(response, 'access', access);
  await response.discard();
}
