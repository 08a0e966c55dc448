/** The unit of a tar archive: blocks of 512 bytes, the first of each member being its header. */

export const blockSize = 512;

/** Bytes from the end of `size` bytes to the next block. */
export function paddingAfter(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

/** Whether there are only zeros; two blocks of them mark the end of an archive. */
export function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}

const sumStart = 148;
const sumEnd = 156;

/** The sum of the header's bytes, its own field counted as spaces. */
export function headerSum(block: Uint8Array): number {
  let sum = (sumEnd - sumStart) * 0x20;
  for (let at = 0; at < sumStart; at++) sum += block[at] ?? 0;
  for (let at = sumEnd; at < blockSize; at++) sum += block[at] ?? 0;
  return sum;
}

/** The same sum over signed bytes, as some old writers made it; every reader accepts both. */
export function signedHeaderSum(block: Uint8Array): number {
  let sum = headerSum(block);
  for (let at = 0; at < blockSize; at++) if ((block[at] ?? 0) > 127 && (at < sumStart || at >= sumEnd)) sum -= 256;
  return sum;
}
