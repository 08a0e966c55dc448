/** Host names that lead to this machine, for what is never done to 127.0.0.1 itself. */
import dns from 'node:dns';
import { mock } from 'node:test';

type Lookup = (
  name: string,
  options: { readonly all?: boolean },
  done: (error: Error | null, address?: unknown, family?: number) => void,
) => void;

/** While it lasts, every name ending in `.example` leads to 127.0.0.1, except those that are given an error code. */
export function resolveExamples(errors: Readonly<Record<string, string>> = {}): Disposable {
  const original = dns.lookup as unknown as Lookup;
  const lookup: Lookup = (name, options, done) => {
    const code = errors[name];
    if (code !== undefined) return done(Object.assign(new Error(`getaddrinfo ${code} ${name}`), { code }));
    if (!name.endsWith('.example')) return original(name, options, done);
    if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
    else done(null, '127.0.0.1', 4);
  };
  const replaced = mock.method(dns, 'lookup', lookup as unknown as typeof dns.lookup);
  return { [Symbol.dispose]: () => replaced.mock.restore() };
}
