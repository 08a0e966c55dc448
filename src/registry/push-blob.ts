/** Bringing a blob into a repository: it is there, or can be mounted, or is uploaded whatever happens meanwhile. */
import { type BlobContent, isHoldfastError } from '../base/index.ts';
import type { HttpResponse } from '../http/index.ts';
import type { Descriptor } from '../oci/index.ts';
import { pause } from './abortable.ts';
import { contentLengthOf } from './document-answer.ts';
import { exactContent } from './exact-content.ts';
import { accessTo, pathOf, type Place } from './place.ts';
import { type Step, type UploadContext, UploadSession } from './upload-session.ts';

export interface BlobPush {
  readonly descriptor: Descriptor;
  readonly content: BlobContent;
  /** Repositories of the same host. */
  readonly mountFrom: readonly string[];
  /** Bytes of one request, once the whole in one did not work. */
  readonly chunkBytes: number;
  /** Scales the delays between attempts. */
  readonly delayScale: number;
  readonly onProgress?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Failed steps one after the other. */
const maxFruitless = 6;
/** Steps at all: this many, and one for each smallest chunk. */
const maxSteps = 1000;
/** Beginnings of one upload. */
const maxSessions = 5;
/** Milliseconds. */
const firstDelay = 200;
const smallestChunk = 64 * 1024;

/** @throws DIGEST_MISMATCH, SIZE_MISMATCH, TRANSFER_INTERRUPTED, and what the content itself throws */
export async function pushBlob(place: Place, push: BlobPush): Promise<'existed' | 'mounted' | 'uploaded'> {
  const content = exactContent(push);
  const context: UploadContext = { place, descriptor: push.descriptor, content, signal: push.signal };
  if (await isThere(context)) return 'existed';
  const mounted = await mount(context, push.mountFrom);
  if (mounted === 'mounted') return 'mounted';
  await new Upload(context, push).run(mounted);
  return 'uploaded';
}

/** Whether the registry has the blob, as far as it says so clearly. */
async function isThere({ place, descriptor, signal }: UploadContext): Promise<boolean> {
  const response = await place.host.send({
    method: 'HEAD',
    target: pathOf(place, `blobs/${descriptor.digest}`),
    access: accessTo(place, 'pull', 'push'),
    signal,
  });
  await response.discard();
  return response.status === 200 && (contentLengthOf(response) ?? descriptor.size) === descriptor.size;
}

/**
 * Tries each repository. A registry that cannot mount may begin an upload instead, which is of use once no other
 * repository has the blob. Refusals do not matter.
 */
async function mount(context: UploadContext, from: readonly string[]): Promise<'mounted' | UploadSession | undefined> {
  if (context.place.host.quirks.lacksMount === true) return undefined;
  let begun: UploadSession | undefined;
  for (const source of new Set(from)) {
    if (source === context.place.repository) continue;
    const outcome = await mountFrom(context, source);
    if (outcome === undefined) continue;
    await begun?.cancel();
    if (outcome === 'mounted') return outcome;
    begun = outcome;
  }
  return begun;
}

async function mountFrom(context: UploadContext, source: string): Promise<'mounted' | UploadSession | undefined> {
  const { descriptor } = context;
  const response = await askToMount(context, source);
  if (response === undefined) return undefined;
  await response.discard();
  if (response.status === 202) return new UploadSession(context, response);
  if (response.status !== 201) return undefined;
  const isMounted = isTold(response.header('docker-content-digest'), descriptor) || (await isThere(context));
  return isMounted ? 'mounted' : undefined;
}

/** Undefined when the connection broke: whatever is wrong, an upload gets more attempts than a short cut deserves. */
async function askToMount(
  { place, descriptor, signal }: UploadContext,
  source: string,
): Promise<HttpResponse | undefined> {
  const query = new URLSearchParams({ mount: descriptor.digest, from: source });
  const target = pathOf(place, `blobs/uploads/?${query.toString()}`);
  const access = { ...accessTo(place, 'pull', 'push'), mountFrom: source };
  try {
    return await place.host.send({ method: 'POST', target, access, isRepeatable: false, signal });
  } catch (error) {
    if (isHoldfastError(error, 'TRANSFER_INTERRUPTED')) return undefined;
    throw error;
  }
}

function isTold(claimed: string | undefined, { digest }: Descriptor): boolean {
  return claimed === digest;
}

type Failure = Exclude<Step, { readonly kind: 'stored' | 'accepted' }>;

/** An upload with everything that may go wrong: in one request first, then in chunks from where the registry stopped. */
class Upload {
  readonly #context: UploadContext;
  readonly #push: BlobPush;
  #sessions = 0;
  #fruitless = 0;
  #steps = 0;
  /** Bytes that the registry has. */
  #at = 0;
  #isWhole = true;
  #wasResumed = false;
  #chunkBytes: number;

  constructor(context: UploadContext, push: BlobPush) {
    this.#context = context;
    this.#push = push;
    this.#chunkBytes = push.chunkBytes;
  }

  async run(begun: UploadSession | undefined): Promise<void> {
    let session = begun ?? (await this.#begin());
    try {
      for (;;) {
        const step = await this.#settle(await this.#step(session));
        if (step.kind === 'stored') return;
        if (step.kind === 'accepted') this.#advance(step.next);
        else session = await this.#recover(session, step);
      }
    } catch (error) {
      await session.cancel();
      throw error;
    }
  }

  async #begin(): Promise<UploadSession> {
    const { place, descriptor, signal } = this.#context;
    this.#sessions += 1;
    this.#at = 0;
    this.#wasResumed = false;
    const access = accessTo(place, 'pull', 'push');
    const target = pathOf(place, 'blobs/uploads/');
    const response = await place.host.send({ method: 'POST', target, access, isRepeatable: true, signal });
    if (response.status !== 202) {
      const what = `the upload of ${descriptor.digest} to ${place.host.registry}/${place.repository}`;
      throw await place.host.refusal(response, what, access);
    }
    await response.discard();
    return new UploadSession(this.#context, response);
  }

  #step(session: UploadSession): Promise<Step> {
    const { size } = this.#context.descriptor;
    if (this.#isWhole && this.#at === 0) return session.putWhole();
    if (this.#at >= size) return session.putEnd();
    const left = size - this.#at;
    if (left < session.minChunkBytes) return session.putLast(this.#at);
    return session.patch(this.#at, Math.min(Math.max(this.#chunkBytes, session.minChunkBytes), left));
  }

  /** Asks whether the blob is there where a step leaves that open: the answer may have been lost, not the upload. */
  async #settle(step: Step): Promise<Step> {
    if (step.kind !== 'broken' && step.kind !== 'lost' && (step.kind !== 'stored' || step.isCertain)) return step;
    if (await isThere(this.#context)) return { kind: 'stored', isCertain: true };
    if (step.kind !== 'stored') return step;
    const error = this.#context.place.host.nonsense('an upload', 'it took the blob and does not have it');
    return { kind: 'lost', error };
  }

  #advance(next: number): void {
    this.#steps += 1;
    if (next > this.#at) this.#fruitless = 0;
    else this.#countFailure(this.#context.place.host.nonsense('an upload', 'it takes no bytes'));
    const { size } = this.#context.descriptor;
    if (this.#steps > maxSteps + size / smallestChunk || next > size) {
      throw this.#context.place.host.nonsense('an upload', 'it takes too few bytes at once, or more than there are');
    }
    this.#at = next;
  }

  async #recover(session: UploadSession, step: Failure): Promise<UploadSession> {
    this.#countFailure(step.error);
    if (step.kind === 'mismatch' && !this.#wasResumed) throw step.error;
    if (step.kind === 'too-large') this.#shrinkChunks();
    await this.#pause();
    this.#isWhole = false;
    const held = step.kind === 'lost' || step.kind === 'mismatch' ? undefined : await session.held();
    // "0-0" may be one byte as well as none: a registry that goes on to contradict itself is asked for a new upload.
    const isContradiction = step.kind === 'misplaced' && held === this.#at && this.#fruitless > 1;
    if (held === undefined || isContradiction) return this.#beginAgain(session, step);
    if (held > this.#at) this.#fruitless = 0;
    this.#wasResumed ||= held > 0;
    this.#steps += 1;
    this.#at = held;
    return session;
  }

  async #beginAgain(session: UploadSession, step: Failure): Promise<UploadSession> {
    if (this.#sessions >= maxSessions) throw step.error;
    if (step.kind !== 'lost') await session.cancel();
    this.#shrinkChunks();
    return this.#begin();
  }

  #shrinkChunks(): void {
    const { size } = this.#context.descriptor;
    this.#chunkBytes = Math.max(smallestChunk, Math.ceil(Math.min(this.#chunkBytes, size) / 4));
  }

  #countFailure(error: Error): void {
    this.#fruitless += 1;
    if (this.#fruitless >= maxFruitless) throw error;
  }

  async #pause(): Promise<void> {
    if (this.#fruitless < 2) return;
    const { delayScale, signal } = this.#push;
    await pause(firstDelay * 2 ** (this.#fruitless - 2) * delayScale, signal);
  }
}
