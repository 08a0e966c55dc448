/** How an answer of a test registry reaches the client, or does not. */
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Answer, answer, type AnswerHeaders } from './registry-answers.ts';
import type { FaultAction } from './registry-faults.ts';

/** The answer that a fault gives instead of the registry's; undefined for other faults. */
export function answerInstead(fault: FaultAction | undefined, path: string): Answer | undefined {
  if (fault?.kind === 'answer') return answer(fault.status, fault.headers, Buffer.from(fault.body ?? ''));
  if (fault?.kind === 'redirect') {
    return answer(fault.status ?? 307, { location: fault.to.replaceAll('{path}', path) });
  }
  return undefined;
}

/** The registry's answer with what a fault does to its bytes and headers. */
export function spoil(given: Answer, fault: FaultAction | undefined): Answer {
  const { status, headers, body } = given;
  switch (fault?.kind) {
    case 'headers':
      return { status, headers: { ...headers, ...fault.headers }, body };
    case 'corrupt':
      return { status, headers, body: inverted(body, fault.byte) };
    case 'append':
      return { status, headers, body: Buffer.concat([body, Buffer.alloc(fault.bytes, 'x')]) };
    case 'gzip':
      return { status, headers: { ...headers, 'content-encoding': 'gzip' }, body: gzipSync(body) };
    case 'truncate':
      return { status, headers: { ...headers, ...claim(fault.claims, body) }, body: body.subarray(0, fault.bytes) };
    default:
      return given;
  }
}

/** Sends an answer as a fault lets it. Resolves when nothing more will be sent. */
export async function deliver(response: ServerResponse, given: Answer, fault: FaultAction | undefined): Promise<void> {
  if (fault?.kind === 'delay') await pause(fault.milliseconds);
  if (response.destroyed) return;
  const headers = withLength(given);
  const isHead = response.req.method === 'HEAD' || given.status === 204;
  const body = isHead ? given.body.subarray(0, 0) : given.body;
  // Node sends a broken Content-Length only if it is not asked to look.
  response.strictContentLength = false;
  response.writeHead(given.status, sendable(headers));
  response.flushHeaders();
  switch (fault?.kind) {
    case 'cut':
      return cut(response, body.subarray(0, fault.afterBytes), fault.resets ?? false);
    case 'hang':
      return write(response, body.subarray(0, fault.afterBytes));
    case 'drip':
      return drip(response, body, fault);
    case 'truncate':
      return fault.claims === 'whole' ? cut(response, body, false) : end(response, body);
    default:
      return end(response, body);
  }
}

function claim(claims: 'whole' | 'sent' | 'nothing', body: Buffer): AnswerHeaders {
  if (claims === 'whole') return { 'content-length': String(body.length) };
  return claims === 'nothing' ? { 'content-length': undefined } : {};
}

function withLength({ status, headers, body }: Answer): AnswerHeaders {
  if ('content-length' in headers || status === 204) return headers;
  return { ...headers, 'content-length': String(body.length) };
}

function sendable(headers: AnswerHeaders): Record<string, string | string[]> {
  const entries = Object.entries(headers).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [[name, typeof value === 'string' ? value : [...value]] as const];
  });
  return Object.fromEntries(entries);
}

function inverted(body: Buffer, byte: number): Buffer {
  const copy = Buffer.from(body);
  const at = byte < 0 ? copy.length + byte : byte;
  if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
}

/** Keeps no process alive. */
function pause(milliseconds: number): Promise<void> {
  return wait(milliseconds, undefined, { ref: false });
}

function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    response.write(bytes, () => resolve());
  });
}

function end(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve();
    response.once('close', resolve);
    response.end(bytes);
  });
}

/** What was written arrives, unless the connection is reset. */
async function cut(response: ServerResponse, bytes: Buffer, resets: boolean): Promise<void> {
  if (bytes.length > 0) await write(response, bytes);
  if (resets) response.socket?.resetAndDestroy();
  else response.socket?.destroySoon();
}

async function drip(
  response: ServerResponse,
  body: Buffer,
  { bytes, milliseconds }: { bytes: number; milliseconds: number },
): Promise<void> {
  for (let at = 0; at < body.length && !response.destroyed; at += bytes) {
    await write(response, body.subarray(at, at + bytes));
    await pause(milliseconds);
  }
  await end(response, Buffer.alloc(0));
}
