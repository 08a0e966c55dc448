/** What a request asks for, read from what a stranger may have sent. */
import type { IncomingMessage } from 'node:http';
import { type ByteString, fromBytes, HoldfastError } from '../base/index.ts';
import { LineSplitter, readPath } from '../tree-stream/index.ts';

export interface TreeQuery {
  /** Go on behind this path. */
  readonly after: ByteString | undefined;
  /** So many entries at most. */
  readonly limit: number;
}

/** A request that makes no sense; its message is for whoever sent it. */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** @throws BadRequest */
export function readTreeQuery(query: string): TreeQuery {
  const given = new URLSearchParams(query);
  for (const name of given.keys()) {
    if (name !== 'after' && name !== 'limit') throw new BadRequest('there are only the parameters after and limit');
    if (given.getAll(name).length > 1) throw new BadRequest(`${name} is given twice`);
  }
  const limit = given.get('limit');
  if (limit !== null && !/^[1-9]\d{0,14}$/.test(limit)) throw new BadRequest('limit is a number of entries');
  const after = given.get('after');
  return {
    after: after === null ? undefined : readPosition(after),
    limit: limit === null ? Number.POSITIVE_INFINITY : Number(limit),
  };
}

/** The bytes of a path in base64url; nothing for the root. */
function readPosition(text: string): ByteString {
  const path = fromBytes(Buffer.from(text, 'base64url'));
  const isPath = path === '' || (!path.includes('\0') && path.split('/').every(isName));
  if (!/^[\w-]*$/.test(text) || !isPath) throw new BadRequest('after is a path in base64url');
  return path;
}

function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..';
}

const mostBodyBytes = 1024 * 1024;
const mostPaths = 10_000;
const longestLine = 64 * 1024;
const bodyPatience = 30_000;

/**
 * The paths in a body: one JSON string a line.
 * @throws BadRequest, the error of a connection that breaks
 */
export async function readPaths(request: IncomingMessage): Promise<ByteString[]> {
  const lines = new LineSplitter(longestLine);
  const paths: ByteString[] = [];
  const timer = setTimeout(() => request.destroy(), bodyPatience);
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > mostBodyBytes) throw new BadRequest(`the body is longer than ${mostBodyBytes} bytes`, 413);
      for (const line of lines.push(chunk)) paths.push(readLine(line));
      if (paths.length > mostPaths) throw new BadRequest(`more than ${mostPaths} paths`, 413);
    }
  } catch (error) {
    throw error instanceof HoldfastError ? new BadRequest(error.message) : error;
  } finally {
    clearTimeout(timer);
  }
  if (lines.isWithinLine) throw new BadRequest('the last line has no end');
  return paths;
}

function readLine(line: string): ByteString {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new BadRequest('a line is no JSON');
  }
  const path = readPath(value);
  if (path === '') throw new BadRequest('the root is no file');
  return path;
}
