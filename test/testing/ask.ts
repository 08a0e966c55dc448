/** A client that believes what it gets and tells how it ended. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';

export interface Asked {
  /** 0 when there was no answer. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The code of the error with which it ended. */
  readonly error: string | undefined;
}

export interface AskOptions extends RequestOptions {
  readonly body?: Uint8Array;
}

export function ask(url: string | URL, { body, ...options }: AskOptions = {}): Promise<Asked> {
  return new Promise((resolve) => {
    const send = String(url).startsWith('https:') ? httpsRequest : httpRequest;
    const pieces: Buffer[] = [];
    let status = 0;
    let headers: IncomingHttpHeaders = {};
    const end = (error?: NodeJS.ErrnoException): void => {
      resolve({ status, headers, body: Buffer.concat(pieces), error: error && (error.code ?? error.name) });
    };
    const sent = send(url, { agent: false, ...options }, (response) => {
      status = response.statusCode ?? 0;
      headers = response.headers;
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', end);
      response.on('end', () => end());
    });
    sent.on('error', end);
    sent.end(body);
  });
}
