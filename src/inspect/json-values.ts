/** Values that JSON cannot hold as they are. */

/** A whole number; as a string above 2^53, where JSON readers would round it. */
export function exactNumber(value: number | bigint): number | string {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(BigInt(value));
}
