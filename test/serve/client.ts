/** The requests of the distribution-spec, for tests. */
import assert from 'node:assert/strict';
import type http from 'node:http';
import type { Digest } from '../../src/base/index.ts';
import { ask, type Question, type Reply } from './ask.ts';
import { digestFor, type PushedManifest, type Shape } from './shapes.ts';

/** One repository of a registry. */
export class Client {
  readonly base: string;
  readonly repository: string;
  readonly #question: Question;

  /** @param base such as `http://127.0.0.1:5000` */
  constructor(base: string, repository: string, question: Question = {}) {
    this.base = base;
    this.repository = repository;
    this.#question = question;
  }

  at(path: string): string {
    return `${this.base}/v2/${this.repository}/${path}`;
  }

  /** A path inside the repository, or what a Location header gave. */
  async ask(method: string, where: string, question: Question = {}): Promise<Reply> {
    const url = this.#resolve(where);
    return ask(method, url, {
      ...this.#question,
      ...question,
      headers: { ...this.#question.headers, ...question.headers },
    });
  }

  manifest(method: string, reference: string, question: Question = {}): Promise<Reply> {
    return this.ask(method, `manifests/${reference}`, question);
  }

  putManifest(reference: string, { bytes, mediaType }: Pick<PushedManifest, 'bytes' | 'mediaType'>): Promise<Reply> {
    return this.manifest('PUT', reference, { body: bytes, headers: { 'Content-Type': mediaType } });
  }

  blob(method: string, digest: Digest, headers: http.OutgoingHttpHeaders = {}): Promise<Reply> {
    return this.ask(method, `blobs/${digest}`, { headers });
  }

  /** Begins an upload and returns where it goes on. */
  async beginUpload(query = ''): Promise<string> {
    const reply = await this.ask('POST', `blobs/uploads/${query}`);
    assert.equal(reply.status, 202);
    return locationOf(reply);
  }

  /** By POST and PUT. */
  async pushBlob(bytes: Uint8Array, digest: Digest = digestFor(bytes)): Promise<Reply> {
    const location = await this.beginUpload();
    return this.ask('PUT', withQuery(location, 'digest', digest), { body: bytes });
  }

  async pushBlobs({ blobs }: Shape): Promise<void> {
    for (const [digest, bytes] of blobs) assert.equal((await this.pushBlob(bytes, digest)).status, 201);
  }

  async push(content: Shape): Promise<void> {
    await this.pushBlobs(content);
    for (const manifest of content.manifests) {
      for (const reference of [manifest.digest, ...manifest.tags]) {
        const reply = await this.putManifest(reference, manifest);
        assert.equal(reply.status, 201, reply.body.toString());
      }
    }
  }

  #resolve(where: string): string {
    if (/^https?:/.test(where)) return where;
    return where.startsWith('/') ? this.base + where : this.at(where);
  }
}

export function locationOf({ headers }: Reply): string {
  assert.ok(headers.location, 'there is a Location');
  return headers.location;
}

export function withQuery(location: string, key: string, value: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}${key}=${encodeURIComponent(value)}`;
}
