/** When images were used last, and by which names: one small file each, whose modification time is the time. */
import fs from 'node:fs';
import { randomBytes } from 'node:crypto';
import { type Digest, formatTimestamp } from '../base/index.ts';
import { asRefused } from '../host/index.ts';
import type { Descriptor } from '../oci/index.ts';
import { type Directory, isNotAFile } from './directory.ts';
import { asDigest, controlFileName, digestOfControlFile, type Layout } from './layout.ts';
import { readSmall } from './read-small.ts';

export type UsedImage = Pick<Descriptor, 'mediaType' | 'digest' | 'size'>;

export interface UseRecord {
  readonly image: UsedImage;
  readonly names: readonly string[];
  /** Nanoseconds since 1970. */
  readonly used: bigint;
}

/** Names kept of one image; the oldest go. */
const mostNames = 100;

/** @throws HOST_REFUSED */
export function recordUse(layout: Layout, image: UsedImage, name: string | undefined): void {
  const records = layout.makePart('used');
  const file = controlFileName(image.digest);
  const known = read(records, file);
  if (known !== undefined && (name === undefined || known.names.includes(name))) {
    return records.setTimes(file, new Date());
  }
  const names = [...(known?.names ?? []), ...(name === undefined ? [] : [name])].slice(-mostNames);
  const { mediaType, digest, size } = image;
  const temporary = `${file}.${randomBytes(8).toString('hex')}`;
  using written = records.create(temporary);
  try {
    fs.writeSync(written.fd, JSON.stringify({ mediaType, digest, size, names }));
  } catch (error) {
    records.unlink(temporary);
    throw asRefused('write', `${records.path}/${temporary}`, error);
  }
  records.rename(records, temporary, file);
}

/** Every record that can be read. @throws STORE_INVALID, HOST_REFUSED */
export function useRecords(layout: Layout): Map<Digest, UseRecord> {
  const found = new Map<Digest, UseRecord>();
  const records = layout.part('used');
  for (const name of records?.names() ?? []) {
    const digest = digestOfControlFile(name);
    const record = digest && records && read(records, name);
    if (record?.image.digest === digest && record !== undefined) found.set(record.image.digest, record);
  }
  return found;
}

export function forgetUse(layout: Layout, digest: Digest): void {
  layout.part('used')?.unlink(controlFileName(digest));
}

/** Seconds since 1970, in the form of the JSON output. */
export function formatNanoseconds(time: bigint): string {
  const nanoseconds = Number(((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
  return formatTimestamp({ seconds: Number((time - BigInt(nanoseconds)) / 1_000_000_000n), nanoseconds });
}

/** What a crash or anybody else has left there counts as no record. */
function read(records: Directory, name: string): UseRecord | undefined {
  const found = records.find(name);
  if (found === undefined || isNotAFile(found)) return undefined;
  using file = found;
  try {
    const value = JSON.parse(readSmall(file, name).toString('utf8')) as Partial<Record<string, unknown>> | null;
    const { mediaType, digest, size, names } = value ?? {};
    const known = typeof digest === 'string' ? asDigest(digest) : undefined;
    if (known === undefined || typeof mediaType !== 'string' || typeof size !== 'number') return undefined;
    const image = { mediaType, digest: known, size };
    const texts = Array.isArray(names) ? names.filter((text) => typeof text === 'string') : [];
    return { image, names: texts, used: fs.fstatSync(file.fd, { bigint: true }).mtimeNs };
  } catch {
    return undefined;
  }
}
