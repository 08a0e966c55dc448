/** The code of an error from node:net, node:tls or undici; empty when there is none. */
export function failureCode(error: unknown): string {
  const { code, errors } = (error ?? {}) as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  if (error instanceof Error && error.name === 'HTTPParserError') return parserCode(error);
  return Array.isArray(errors) && errors.length > 0 ? failureCode(errors[0]) : '';
}

/** undici looks the code up in the wrong direction and finds none. */
function parserCode({ message }: Error): string {
  return message.includes('Invalid EOF state') ? 'HPE_INVALID_EOF_STATE' : 'HPE_OTHER';
}

/** What ends an answer that comes too slowly. */
export function tooSlow(): Error {
  return Object.assign(new Error('too slow'), { code: slowCode });
}

export const slowCode = 'TOO_SLOW';

/** What could not be read as HTTP, or broke its rules. */
export function isProtocolFailure(code: string): boolean {
  return (code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE') || code === 'UND_ERR_HEADERS_OVERFLOW';
}

/** The other side answered a TLS handshake with something else, or hung up in the middle of it. */
export function isNotTls(code: string): boolean {
  return notTls.has(code);
}

const notTls = new Set([
  'EPROTO',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_UNKNOWN_PROTOCOL',
  'ERR_SSL_UNEXPECTED_EOF_WHILE_READING',
  'ECONNRESET',
  'EPIPE',
]);
