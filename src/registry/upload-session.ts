/** One upload as the registry keeps it: each step and what came of it. */
import { HoldfastError, isHoldfastError } from '../base/index.ts';
import type { HttpResponse } from '../http/index.ts';
import type { Descriptor } from '../oci/index.ts';
import { claimedDigest } from './document-answer.ts';
import type { ExactContent } from './exact-content.ts';
import { accessTo, type Place } from './place.ts';
import { complainsOf, readRefusal, type Refusal, refusalError } from './registry-errors.ts';
import type { Call } from './registry-host.ts';
import { bytesHeld, uploadLocation, withDigest } from './upload-location.ts';

export type Step =
  /** The registry has the blob; `isCertain` is false for answers that do not quite say so. */
  | { readonly kind: 'stored'; readonly isCertain: boolean }
  /** It has everything before this position. */
  | { readonly kind: 'accepted'; readonly next: number }
  /** The connection broke, or it cannot at the moment. What it has, it has to be asked. */
  | { readonly kind: 'broken'; readonly error: Error }
  /** It expects another position (416). */
  | { readonly kind: 'misplaced'; readonly error: Error }
  /** It does not know the upload any more. */
  | { readonly kind: 'lost'; readonly error: Error }
  /** What came does not have the digest. */
  | { readonly kind: 'mismatch'; readonly error: Error }
  /** The whole is too much for one request. */
  | { readonly kind: 'too-large'; readonly error: Error };

export interface UploadContext {
  readonly place: Place;
  readonly descriptor: Descriptor;
  readonly content: ExactContent;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that an abandoned upload may take to be cancelled, and when somebody waits for the end of it. */
const cancelTimeout = 5000;
const cancelTimeoutAfterAbort = 1000;
const octets = 'application/octet-stream';

export class UploadSession {
  readonly #context: UploadContext;
  #location: URL;
  /** The least that a chunk must have, but for the last one. */
  readonly minChunkBytes: number;

  /** @param opened the answer (202) that began it */
  constructor(context: UploadContext, opened: HttpResponse) {
    this.#context = context;
    this.#location = uploadLocation(context.place.host, opened);
    const least = opened.header('oci-chunk-min-length') ?? '';
    this.minChunkBytes = /^\d{1,12}$/.test(least) ? Number(least) : 0;
  }

  /** Everything in one request. */
  putWhole(): Promise<Step> {
    const { descriptor, content } = this.#context;
    const { size } = descriptor;
    const body = size === 0 ? new Uint8Array() : { content, position: 0, length: size };
    return this.#finish({ headers: { 'content-type': octets }, body });
  }

  /** What is needed after the last chunk. */
  putEnd(): Promise<Step> {
    return this.#finish({});
  }

  /** The last chunk and the end in one: the only way for a chunk that is shorter than the least. */
  putLast(position: number): Promise<Step> {
    const { descriptor, content } = this.#context;
    const { size } = descriptor;
    const headers = { 'content-type': octets, 'content-range': `${position}-${size - 1}` };
    return this.#finish({ headers, body: { content, position, length: size - position } });
  }

  async patch(position: number, length: number): Promise<Step> {
    const { content } = this.#context;
    const headers = {
      'content-type': octets,
      'content-range': `${position}-${position + length - 1}`,
    };
    const response = await this.#try({ method: 'PATCH', headers, body: { content, position, length } });
    if (!('status' in response)) return response;
    if (response.status !== 202 && response.status !== 204 && response.status !== 201) return this.#refused(response);
    this.#follow(response);
    const held = bytesHeld(response);
    const next = held === undefined || (held === 0 && position === 0 && length === 1) ? position + length : held;
    return this.#ended(response, { kind: 'accepted', next });
  }

  /** How many bytes the registry has; undefined when it cannot say. */
  async held(): Promise<number | undefined> {
    const { place, descriptor, signal } = this.#context;
    const call: Call = { method: 'GET', target: this.#location, access: accessTo(place, 'pull', 'push'), signal };
    const response = await place.host.send(call);
    await response.discard();
    if (response.status !== 204 && response.status !== 202 && response.status !== 200) return undefined;
    const bytes = bytesHeld(response);
    if (bytes === undefined || bytes > descriptor.size) return undefined;
    this.#follow(response);
    return bytes;
  }

  /** Lets the registry forget it. Never fails, and goes on after an abort. */
  async cancel(): Promise<void> {
    const { place, signal: ended } = this.#context;
    const signal = AbortSignal.timeout(ended?.aborted === true ? cancelTimeoutAfterAbort : cancelTimeout);
    const access = accessTo(place, 'pull', 'push');
    try {
      const call: Call = { method: 'DELETE', target: this.#location, access, isRepeatable: false, signal };
      await (await place.host.send(call)).discard();
    } catch {
      // It expires by itself.
    }
  }

  #follow(response: HttpResponse): void {
    if (response.header('location') === undefined) return;
    const { place, descriptor } = this.#context;
    const location = uploadLocation(place.host, response);
    // A registry that is done too early (201 for the last chunk) names the blob; the end of the upload is still asked for.
    if (!namesBlob(location, descriptor)) this.#location = location;
  }

  async #finish(part: Pick<Call, 'headers' | 'body'>): Promise<Step> {
    const { descriptor } = this.#context;
    const response = await this.#try({ ...part, method: 'PUT' }, withDigest(this.#location, descriptor.digest));
    if (!('status' in response)) return response;
    const { status } = response;
    if (status !== 201 && status !== 204 && status !== 200 && status !== 202) return this.#refused(response);
    const claimed = claimedDigest(response);
    const isOther = claimed !== undefined && claimed !== descriptor.digest;
    return this.#ended(response, { kind: 'stored', isCertain: !isOther && (status === 201 || status === 204) });
  }

  async #ended(response: HttpResponse, step: Step): Promise<Step> {
    await response.discard();
    return step;
  }

  async #try(part: Omit<Call, 'target' | 'access'>, target = this.#location): Promise<HttpResponse | Step> {
    const { place, content, signal } = this.#context;
    try {
      return await place.host.send({
        ...part,
        target,
        access: accessTo(place, 'pull', 'push'),
        isRepeatable: false,
        signal,
      });
    } catch (error) {
      if (content.hasFailed) throw content.failure;
      if (isHoldfastError(error, 'TRANSFER_INTERRUPTED') || isHoldfastError(error, 'HOST_UNREACHABLE')) {
        return { kind: 'broken', error };
      }
      throw error;
    }
  }

  async #refused(response: HttpResponse): Promise<Step> {
    const { place, descriptor, content } = this.#context;
    const refusal = await readRefusal(response);
    if (content.hasFailed) throw content.failure;
    const what = `the upload of ${descriptor.digest} to ${place.host.registry}/${place.repository}`;
    const question = await place.host.question(what, accessTo(place, 'pull', 'push'));
    const error = refusalError(refusal, question);
    const { status } = refusal;
    if (complainsOf(refusal, 'DIGEST_INVALID')) return { kind: 'mismatch', error: mismatch(descriptor, what) };
    if (status === 404 || complainsOf(refusal, 'BLOB_UPLOAD_UNKNOWN')) return { kind: 'lost', error };
    if (status === 416) return { kind: 'misplaced', error };
    if (status === 413) return { kind: 'too-large', error };
    if (isTemporary(refusal)) return { kind: 'broken', error };
    throw error;
  }
}

function isTemporary({ status, complaints }: Refusal): boolean {
  if (status >= 500 || status === 408 || status === 429 || status === 499) return true;
  // What distribution answers when the state in the address is not that of the upload.
  return complaints.some(({ code }) => code === 'BLOB_UPLOAD_INVALID' || code === 'RANGE_INVALID');
}

function mismatch({ digest }: Descriptor, what: string): HoldfastError {
  return new HoldfastError('DIGEST_MISMATCH', { expected: digest, actual: 'something else, says the registry', what });
}

function namesBlob({ pathname }: URL, { digest }: Descriptor): boolean {
  return pathname.replace(/%3a/i, ':').endsWith(`/blobs/${digest}`);
}
