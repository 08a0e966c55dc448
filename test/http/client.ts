/** The client as tests use it: no settings from outside, no long waits, and every event kept. */
import type { HoldfastError, NetworkEvent } from '../../src/base/index.ts';
import { createHttpClient, type HttpClient, type HttpOptions } from '../../src/http/index.ts';

export interface TestClient extends HttpClient {
  readonly events: readonly NetworkEvent[];
  eventsOf<Kind extends NetworkEvent['kind']>(kind: Kind): readonly Extract<NetworkEvent, { kind: Kind }>[];
}

export function testClient(options: HttpOptions = {}): TestClient {
  const events: NetworkEvent[] = [];
  const onEvent = (event: NetworkEvent): void => void events.push(event);
  const client = createHttpClient({ env: {}, delayScale: 0.01, idleTimeout: 5000, onEvent, ...options });
  return Object.assign(client, {
    events,
    eventsOf: <Kind extends NetworkEvent['kind']>(kind: Kind) =>
      events.filter((event): event is Extract<NetworkEvent, { kind: Kind }> => event.kind === kind),
  });
}

/** The coded error of something that must fail. */
export async function failureOf(work: Promise<unknown>): Promise<HoldfastError> {
  return work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: HoldfastError) => error,
  );
}

/** Everything of an error that may be shown to somebody. */
export function everythingSaid(error: HoldfastError): string {
  const cause = error.cause as Error | undefined;
  return [error.message, error.hint, JSON.stringify(error), cause?.message, cause?.stack].join('\n');
}
