/** One HTTP request, exactly as written, and its whole answer. */
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';

export interface Question {
  readonly headers?: http.OutgoingHttpHeaders;
  /** Sent with its length, or in chunks without one when it is a list. */
  readonly body?: Uint8Array | string | readonly (Uint8Array | string)[];
  /** PEM of an authority to trust. */
  readonly ca?: string;
  readonly agent?: http.Agent;
}

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export async function ask(method: string, url: string, question: Question = {}): Promise<Reply> {
  const { body = '', headers = {}, agent = false, ca } = question;
  const whole = isWhole(body) ? Buffer.from(body as Uint8Array) : undefined;
  const isBare = whole?.length === 0 && /GET|HEAD/.test(method);
  const length = whole === undefined || isBare ? {} : { 'Content-Length': whole.length };
  const options = { ...rawUrl(url), method, agent, headers: { ...length, ...headers } };
  const request = url.startsWith('https:')
    ? https.request({ ...options, ...(ca === undefined ? {} : { ca }) })
    : http.request(options);
  const reply = replyTo(request);
  for (const part of isWhole(body) ? [] : body) request.write(part);
  request.end(whole);
  return reply;
}

function isWhole(body: Question['body'] & {}): body is Uint8Array | string {
  return typeof body === 'string' || body instanceof Uint8Array;
}

function replyTo(request: http.ClientRequest): Promise<Reply> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
  });
}

/** Neither normalised nor escaped, so that hostile paths arrive as they are. */
function rawUrl(url: string): http.RequestOptions {
  const [, host = '', path = ''] = /^https?:\/\/([^/]+)(.*)$/s.exec(url) ?? [];
  const [, hostname = '', port = ''] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(host) ?? [];
  return { hostname, port, path };
}

/** The error code in an answer, which must be in the form of the distribution-spec. */
export function codeOf(reply: Reply): string {
  const { errors } = JSON.parse(reply.body.toString()) as { errors: { code: string; message: string }[] };
  const [first] = errors;
  assert.ok(first !== undefined && typeof first.message === 'string', 'an error has a code and a message');
  return first.code;
}

export function jsonOf(reply: Reply): unknown {
  return JSON.parse(reply.body.toString());
}
