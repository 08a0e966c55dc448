import { HoldfastError, quoteText } from '../base/index.ts';

const fromStdin = /^(?:(?:oci|docker)-archive|tar|layer|find):-(?::|$)/;

/** @throws USAGE where several references, of trees or images, want what comes from stdin */
export function requireOneStdin(references: readonly string[]): void {
  const streamed = references.filter((reference) => fromStdin.test(reference));
  if (streamed.length < 2) return;
  const message = `${streamed.map(quoteText).join(' and ')}: stdin can only be read once`;
  throw new HoldfastError('USAGE', { message });
}
