/** The extension headers that stand before one entry: PAX (x), GNU long name (L) and long link name (K). */
import { type ByteString, fromBytes, HoldfastError } from '../base/index.ts';
import { checkHeaderBytes, type TarLimits } from './limits.ts';
import type { ExactNumber } from './number.ts';
import { checkGlobalHeader, type PaxHeader, readPaxHeader } from './pax-header.ts';

export type ExtensionFlag = 'x' | 'g' | 'L' | 'K';

interface LongName {
  readonly offset: number;
  readonly name: ByteString;
}

export function isExtension(typeflag: string): typeflag is ExtensionFlag {
  return typeflag === 'x' || typeflag === 'g' || typeflag === 'L' || typeflag === 'K';
}

/** Collects them; readers agree only where each comes at most once and no two say the same thing. */
export class Extensions {
  pax: PaxHeader | undefined;
  #longName: LongName | undefined;
  #longLink: LongName | undefined;
  /** Bytes so far, global headers and sparse maps included. */
  #bytes = 0;
  /** Where the first stands, undefined when there are none. */
  #offset: number | undefined;

  get offset(): number | undefined {
    return this.#offset;
  }

  get longName(): ByteString | undefined {
    return this.#longName?.name;
  }

  get longLink(): ByteString | undefined {
    return this.#longLink?.name;
  }

  /** Counts bytes before they are buffered. @throws LIMIT_EXCEEDED */
  count(bytes: ExactNumber, limits: TarLimits): void {
    const total = typeof bytes === 'bigint' ? BigInt(this.#bytes) + bytes : this.#bytes + bytes;
    checkHeaderBytes(total, limits);
    this.#bytes = Number(total);
  }

  /** @throws TAR_EXTENSION, TAR_PAX_RECORD, TAR_GLOBAL_OVERRIDE */
  add(flag: ExtensionFlag, body: Buffer, offset: number): void {
    if (flag === 'g') {
      // Go forgets what stands before a global header.
      this.requireNone('is followed by a global header');
      return checkGlobalHeader(body, offset);
    }
    this.#offset ??= offset;
    if (flag === 'x') {
      if (this.pax !== undefined) throw extensionError(offset, 'is the second PAX header of one entry');
      this.pax = readPaxHeader(body, offset);
    } else if (flag === 'L') this.#longName = readLongName(body, offset, this.#longName);
    else this.#longLink = readLongName(body, offset, this.#longLink);
    this.#requireOneSource();
  }

  /** @throws TAR_EXTENSION where extensions wait for an entry that does not come. */
  requireNone(reason: string): void {
    if (this.#offset !== undefined) throw extensionError(this.#offset, reason);
  }

  reset(): void {
    this.#bytes = 0;
    if (this.#offset === undefined) return;
    this.#offset = undefined;
    this.pax = undefined;
    this.#longName = undefined;
    this.#longLink = undefined;
  }

  #requireOneSource(): void {
    if (this.pax === undefined) return;
    const { values, sparse } = this.pax;
    if (this.#longName && (values.has('path') || sparse.some(({ key }) => key === 'GNU.sparse.name'))) {
      throw extensionError(this.#longName.offset, 'gives a name, as a PAX header of the same entry does');
    }
    if (this.#longLink && values.has('linkpath')) {
      throw extensionError(this.#longLink.offset, 'gives a link name, as a PAX header of the same entry does');
    }
  }
}

/** The bytes up to the closing NULs; a NUL before the end stays, for the entry to be refused with its name. */
function readLongName(body: Buffer, offset: number, before: LongName | undefined): LongName {
  if (before !== undefined) throw extensionError(offset, 'is the second GNU long name of its kind for one entry');
  let end = body.length;
  while (end > 0 && body[end - 1] === 0) end--;
  if (end === 0) throw extensionError(offset, 'holds an empty name');
  return { offset, name: fromBytes(body, 0, end) };
}

function extensionError(offset: number, reason: string): HoldfastError {
  return new HoldfastError('TAR_EXTENSION', { offset, reason });
}
