/** How long an entry is, in the archive and as a file: where readers that disagree lose their way. */
import { type ByteString, HoldfastError, type NoteCode } from '../base/index.ts';
import type { EntryContext } from './entry-context.ts';
import type { TarEntryKind } from './entry.ts';
import { paxNumber } from './entry-fields.ts';
import { fields, type Header, headerNumber, headerSize } from './header.ts';
import { checkSize } from './limits.ts';
import type { ExactNumber } from './number.ts';
import type { PaxHeader } from './pax-header.ts';
import { malformed } from './pax-records.ts';
import { SparseMap } from './sparse-map.ts';
import type { SparseRecords } from './sparse-records.ts';

/** What is known of the entry before its size. */
interface Known {
  readonly kind: TarEntryKind;
  readonly name: ByteString;
  /** The name in the header block itself. */
  readonly ownName: ByteString;
  readonly sparse: SparseRecords | undefined;
  readonly notes: NoteCode[];
}

export interface EntrySize {
  /** Bytes of the file, holes included. */
  readonly real: number;
  /** Bytes of body in the archive. */
  readonly archived: number;
  /** Present for a sparse file; complete only when no blocks of map follow. */
  readonly map: SparseMap | undefined;
}

/** The size from which a header cannot hold it in octal, so that a PAX size is needed. */
const beyondOctal = 8 ** 11;
const nothing: EntrySize = { real: 0, archived: 0, map: undefined };

/** @throws TAR_NUMBER, TAR_LINK_WITH_BODY, TAR_SPARSE, TAR_PAX_RECORD, LIMIT_EXCEEDED */
export function measureEntry(header: Header, context: EntryContext, known: Known): EntrySize {
  const { pax } = context.extensions;
  const { kind, name, notes } = known;
  const own = headerSize(header, name);
  const stated = readPaxSize(pax, name);
  const effective = checkSize(stated ?? own, context.limits, name);
  if (stated !== undefined && stated !== own && !(stated >= beyondOctal && own === 0)) notes.push('PAX_SIZE_WINS');
  if (kind !== 'file') {
    if (known.sparse !== undefined) throw sparseError(name, 'belongs to something that is not a file');
    if (effective > 0) refuseBody(header, context, { ...known, size: effective });
    return nothing;
  }
  // Python settles on a directory by the header's own name, and then reads no body.
  if (effective > 0 && header.typeflag === '\0' && known.ownName.endsWith('/')) throw bodyError(name, effective);
  const size = measureFile(header, context, { ...known, archived: effective });
  const star = paxNumber(pax, 'SCHILY.realsize', name);
  if (pax && star !== undefined && star !== size.real) {
    throw malformed(pax.offset, 'SCHILY.realsize differs from the size');
  }
  return size;
}

function readPaxSize(pax: PaxHeader | undefined, name: ByteString): ExactNumber | undefined {
  const size = paxNumber(pax, 'size', name);
  if (size !== undefined && size < 0)
    throw new HoldfastError('TAR_NUMBER', { field: 'size', value: String(size), name });
  return size;
}

/**
 * A size on an entry that has no body. GNU tar skips that many bytes for links, devices and FIFOs, others do not; for
 * directories (but not old ones made by a trailing slash) and hard links none does, unless a PAX header says the size
 * or, for hard links, bsdtar has seen one anywhere before.
 */
function refuseBody(
  header: Header,
  context: EntryContext,
  { kind, name, size, notes }: Known & { size: number },
): void {
  const { pax } = context.extensions;
  const agreed =
    !pax?.values.has('size') &&
    ((kind === 'directory' && header.typeflag === '5') || (kind === 'hardlink' && !context.paxSeen));
  if (!agreed) throw bodyError(name, size);
  notes.push('BODY_SIZE_IGNORED');
}

function measureFile(header: Header, context: EntryContext, known: Known & { archived: number }): EntrySize {
  const { archived, name, sparse } = known;
  if (header.typeflag === 'S') return measureOldGnu(header, context, known);
  if (sparse === undefined) return { real: archived, archived, map: undefined };
  const real = checkSize(sparse.realSize, context.limits, name);
  const map = new SparseMap(name, real);
  const numbers = sparse.numbers ?? [];
  for (let at = 0; at < numbers.length; at += 2) map.add(numbers[at] ?? 0, numbers[at + 1] ?? 0);
  return { real, archived, map };
}

function measureOldGnu(header: Header, context: EntryContext, known: Known & { archived: number }): EntrySize {
  const { archived, name, sparse } = known;
  if (header.dialect !== 'gnu') throw sparseError(name, 'stands in a header that is not GNU tar’s');
  if (sparse || context.extensions.pax?.values.has('size')) throw sparseError(name, 'is given in two ways');
  const real = headerNumber(header, fields.realSize, name);
  if (real < 0) throw new HoldfastError('TAR_NUMBER', { field: 'realsize', value: String(real), name });
  return { real: checkSize(real, context.limits, name), archived, map: new SparseMap(name, Number(real)) };
}

function bodyError(name: ByteString, size: number): HoldfastError {
  return new HoldfastError('TAR_LINK_WITH_BODY', { name, size });
}

function sparseError(name: ByteString, reason: string): HoldfastError {
  return new HoldfastError('TAR_SPARSE', { name, reason });
}
