/** The bytes of a blob, whatever happens to the connection meanwhile. */
import { HoldfastError, isHoldfastError } from '../base/index.ts';
import type { HttpResponse } from '../http/index.ts';
import type { Descriptor } from '../oci/index.ts';
import { pause } from './abortable.ts';
import { contentLengthOf, isEncoded } from './document-answer.ts';
import { accessTo, pathOf, type Place } from './place.ts';

export interface BlobPull {
  readonly descriptor: Descriptor;
  /** Bytes that are there already. */
  readonly position: number;
  /** Scales the delays between attempts. */
  readonly delayScale: number;
  readonly signal?: AbortSignal | undefined;
}

/** Attempts one after the other without a new byte. */
const maxFruitless = 5;
/** Attempts at all: this many, and one for each mebibyte. */
const maxAttempts = 100;
/** Milliseconds before the second fruitless attempt in a row; doubled for each further one. */
const firstDelay = 200;

/**
 * Everything from a position on. After a broken connection it goes on by Range, or by skipping what was given where the
 * registry does not know ranges: that those are the same bytes only the digest can tell.
 *
 * @throws BLOB_MISSING, SIZE_MISMATCH, TRANSFER_INTERRUPTED, REGISTRY_PROTOCOL
 */
export async function* pullBlob(place: Place, pull: BlobPull): AsyncGenerator<Uint8Array, void, undefined> {
  const { descriptor, position, signal } = pull;
  const { size } = descriptor;
  if (position > size) throw wrongSize(descriptor, position);
  const transfer: Transfer = { ...pull, place, at: position, usesRange: true, isEncodedBefore: false };
  let fruitless = 0;
  for (let attempt = 1; transfer.at < size; attempt++) {
    const before = transfer.at;
    try {
      const response = await open(transfer);
      if (response) yield* receive(transfer, response);
    } catch (error) {
      if (!isHoldfastError(error, 'TRANSFER_INTERRUPTED')) throw error;
      if (fruitless + 1 >= maxFruitless || attempt >= maxAttempts + size / 1024 ** 2) throw error;
    }
    fruitless = transfer.at > before ? 0 : fruitless + 1;
    const isHopeless = fruitless >= maxFruitless || attempt >= maxAttempts + size / 1024 ** 2;
    if (isHopeless && transfer.at < size) throw wrongSize(descriptor, transfer.at);
    if (fruitless > 1) await pause(firstDelay * 2 ** (fruitless - 2) * pull.delayScale, signal);
  }
}

interface Transfer extends BlobPull {
  readonly place: Place;
  /** The next byte that is wanted. */
  at: number;
  /** Until the registry turns out not to know them. */
  usesRange: boolean;
  isEncodedBefore: boolean;
}

/** An answer that begins at the wanted byte or before it; undefined when another way has to be tried. */
async function open(transfer: Transfer): Promise<Answer | undefined> {
  const { place, descriptor, at, signal } = transfer;
  const asksForRange = at > 0 && transfer.usesRange;
  const response = await place.host.send({
    method: 'GET',
    target: pathOf(place, `blobs/${descriptor.digest}`),
    access: accessTo(place, 'pull'),
    ...(asksForRange ? { headers: { range: `bytes=${at}-` } } : {}),
    signal,
  });
  try {
    const begin = await inspect(transfer, response, asksForRange);
    if (begin !== undefined) return { response, begin };
  } catch (error) {
    await response.discard();
    throw error;
  }
  await response.discard();
  return undefined;
}

interface Answer {
  readonly response: HttpResponse;
  /** Position of the first byte of its body. */
  readonly begin: number;
}

async function inspect(transfer: Transfer, response: HttpResponse, asksForRange: boolean): Promise<number | undefined> {
  const { place, descriptor } = transfer;
  const { status } = response;
  if (status === 404) throw await missing(transfer, response);
  if (status === 416 && asksForRange) return afterUnsatisfiable(transfer, response);
  if (status !== 200 && status !== 206) {
    throw await place.host.refusal(response, whatOf(transfer), accessTo(place, 'pull'));
  }
  if (isEncoded(response)) return afterEncoded(transfer);
  const begin = status === 200 ? 0 : beginOfPart(transfer, response, asksForRange);
  if (begin === undefined) return undefined;
  const length = contentLengthOf(response);
  if (
    length !== undefined &&
    length !== descriptor.size - begin &&
    (status === 200 || length > descriptor.size - begin)
  ) {
    throw wrongSize(descriptor, begin + length);
  }
  return begin;
}

/** Some registries compress configs for the transfer; asked once more, some caches before them do not. */
function afterEncoded(transfer: Transfer): undefined {
  if (transfer.isEncodedBefore) {
    throw transfer.place.host.nonsense(
      whatOf(transfer),
      'it is compressed for the transfer, though that was not asked for',
    );
  }
  transfer.isEncodedBefore = true;
}

function afterUnsatisfiable(transfer: Transfer, response: HttpResponse): undefined {
  const total = /^bytes \*\/(\d{1,15})$/i.exec(response.header('content-range')?.trim() ?? '')?.[1];
  if (total !== undefined && Number(total) !== transfer.descriptor.size) {
    throw wrongSize(transfer.descriptor, Number(total));
  }
  transfer.usesRange = false;
}

/** A part that begins elsewhere than asked is no reason to trust the rest: the whole blob is asked for. */
function beginOfPart(transfer: Transfer, response: HttpResponse, asksForRange: boolean): number | undefined {
  const { descriptor, at, place } = transfer;
  if (!asksForRange) throw place.host.nonsense(whatOf(transfer), 'it gave a part (206), though all was asked for');
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(response.header('content-range')?.trim() ?? '');
  const [, first, last, total] = match ?? [];
  if (total !== undefined && total !== '*' && Number(total) !== descriptor.size) {
    throw wrongSize(descriptor, Number(total));
  }
  if (first !== undefined && Number(first) === at && Number(last) < descriptor.size && Number(last) >= at) return at;
  transfer.usesRange = false;
  return undefined;
}

async function* receive(transfer: Transfer, { response, begin }: Answer): AsyncGenerator<Uint8Array, void, undefined> {
  const { descriptor } = transfer;
  let at = begin;
  try {
    for await (const chunk of response.body) {
      if (at + chunk.length > descriptor.size) throw wrongSize(descriptor, at + chunk.length);
      const wanted = chunk.subarray(Math.max(0, transfer.at - at));
      at += chunk.length;
      if (wanted.length === 0) continue;
      transfer.at = at;
      yield wanted;
    }
  } catch (error) {
    // What follows the last byte does not matter once all are there.
    if (transfer.at < descriptor.size || !isHoldfastError(error, 'TRANSFER_INTERRUPTED')) throw error;
  } finally {
    await response.discard();
  }
}

async function missing(transfer: Transfer, response: HttpResponse): Promise<HoldfastError> {
  await response.discard();
  const { place, descriptor } = transfer;
  const where = `${place.host.registry}/${place.repository} does not have it`;
  return new HoldfastError('BLOB_MISSING', { digest: descriptor.digest, where });
}

function wrongSize({ digest, size }: Descriptor, actual: number): HoldfastError {
  return new HoldfastError('SIZE_MISMATCH', { expected: size, actual, what: `blob ${digest}` });
}

function whatOf({ place, descriptor }: Transfer): string {
  return `blob ${descriptor.digest} of ${place.host.registry}/${place.repository}`;
}
