/** What a daemon says while it loads an image: lines of JSON, of which only an error matters. */
import * as v from 'valibot';

/** Lines that are longer are passed over; the daemon writes none. */
const mostLine = 64 * 1024;

const line = v.object({
  error: v.optional(v.string()),
  errorDetail: v.optional(v.object({ message: v.optional(v.string()) })),
});

/** Reads to the end. The first error it tells; undefined when there is none. */
export async function findLoadError(chunks: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  let found: string | undefined;
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
    rest = (lines.pop() ?? '').slice(0, mostLine + 1);
    for (const text of lines) found ??= errorIn(text);
  }
  return found ?? errorIn(rest);
}

function errorIn(text: string): string | undefined {
  if (text.length > mostLine) return undefined;
  const parsed = v.safeParse(line, parseLine(text));
  if (!parsed.success) return undefined;
  return parsed.output.errorDetail?.message ?? parsed.output.error;
}

/** Undefined for what is no JSON: some daemons only say in words what they loaded. */
function parseLine(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'latin1').toString());
  } catch {
    return undefined;
  }
}
