/** Probes: programs that tell of a tree over HTTP, and what they send. */
import type { ByteString } from '../byte-string.ts';
import { define } from './define.ts';
import { quote, quoteText } from './quote.ts';

export const probeErrors = {
  TREE_STREAM_INVALID: define<{ reason: string; source?: string; path?: ByteString }>({
    exit: 'image',
    about: 'What a probe sends is no tree stream, or one that makes no sense.',
    message: ({ reason, source, path }) =>
      `${source === undefined ? 'the tree stream' : `the tree stream of ${quoteText(source)}`}: ${reason}${
        path === undefined ? '' : `: ${quote(path)}`
      }`,
    hint: 'is the address that of a probe, and of the same version?',
  }),
  PROBE_REFUSED: define<{ host: string; what: string; reason: string; hint?: string }>({
    exit: 'network',
    about: 'A probe, or what stands before it, does not do what it is asked, or breaks off again and again.',
    message: (data) => `${quoteText(data.host)} does not give ${data.what}: ${data.reason}`,
    hint: (data) => data.hint,
  }),
  PROBE_CHANGED: define<{ host: string }>({
    exit: 'network',
    about: 'The answers come from several instances of a service, or from one that was started anew meanwhile.',
    message: (data) => `${quoteText(data.host)} was answered by another instance meanwhile`,
    hint: 'let the service run exactly one instance while it is looked at, and try again',
  }),
};
