/** What undici and Node leave to be desired of a connected socket. */
import type { Socket } from 'node:net';

/**
 * A TLS alert that comes after the handshake, such as the wish for a client certificate, is an error that does not end
 * the socket; the end that follows would hide it.
 */
export function endOnError(socket: Socket): void {
  socket.on('error', (error) => void socket.destroy(error));
}

/** Milliseconds that an answer may be behind the failure of a write. */
const patience = 300;

/**
 * Lets a socket be read for a moment after a write has failed. A server that does not want an upload answers and closes;
 * the next write then fails while the answer still waits in the socket, and Node would destroy it unread.
 */
export function hearOut(socket: Socket): void {
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  socket._write = (chunk, encoding, done) => write(chunk, encoding, later(socket, done));
  if (writev) socket._writev = (chunks, done) => writev(chunks, later(socket, done));
}

type Done = (error?: Error | null) => void;

function later(socket: Socket, done: Done): Done {
  return (error) => {
    const isClosed = error && /^(?:EPIPE|ECONNRESET)$/.test((error as NodeJS.ErrnoException).code ?? '');
    if (!isClosed || socket.destroyed) return done(error);
    const end = (): void => {
      clearTimeout(timer);
      socket.off('close', end);
      done(error);
    };
    const timer = setTimeout(end, patience);
    socket.once('close', end);
  };
}
