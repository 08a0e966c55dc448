/** Answers of a server to what is no request that it takes, so that nobody holds a connection by that. */
import type http from 'node:http';

const clientErrors: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Other protocols, tunnels, expectations and malformed requests are answered and end there. */
export function refuseMisuse(server: http.Server): void {
  server.on('checkExpectation', (_request, response) => {
    response.writeHead(417, { 'Content-Length': 0, Connection: 'close' }).end();
  });
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
  server.on('connect', (_request, socket) =>
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n'),
  );
  server.on('clientError', answerClientError);
  // Such as no file descriptor for one more connection.
  server.on('error', () => undefined);
}

function answerClientError(
  error: Error & { readonly code?: string },
  socket: NodeJS.WritableStream & { destroy(): void; readonly writable: boolean },
): void {
  if (!socket.writable || error.code === 'ECONNRESET') return socket.destroy();
  const status = clientErrors[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}
