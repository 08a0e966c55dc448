/** An answer as callers see it. */
import { HoldfastError } from '../base/index.ts';
import type { Answer } from './exchange.ts';
import type { HttpResponse } from './http-client.ts';

/** @param what the request, for the message when the body is too long */
export function responseOf(answer: Answer, url: URL, what: string): HttpResponse {
  const headers = (name: string): readonly string[] => headerLines(answer, name);
  return {
    status: answer.status,
    url,
    headers,
    header: (name) => joinLines(headers(name)),
    body: answer.body,
    bytes: (limit) => readWhole(answer, limit, { host: url.host, what }),
    discard: () => answer.body.discard(),
  };
}

/** A header's value, its lines joined as RFC 9110 §5.3 allows. */
export function headerOf(answer: Answer, name: string): string | undefined {
  return joinLines(headerLines(answer, name));
}

export function headerLines(answer: Answer, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return answer.headers.filter(([key]) => key === wanted).map(([, value]) => value);
}

function joinLines(lines: readonly string[]): string | undefined {
  return lines.length === 0 ? undefined : lines.join(', ');
}

async function readWhole(
  answer: Answer,
  limit: number,
  request: { readonly host: string; readonly what: string },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop by throwing cuts the connection.
  for await (const chunk of answer.body) {
    size += chunk.length;
    if (size > limit) {
      throw new HoldfastError('REGISTRY_PROTOCOL', { ...request, reason: `the body is longer than ${limit} bytes` });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
