/** Whether a blob is there. */
import type { Descriptor } from '../oci/index.ts';
import { contentLengthOf } from './document-answer.ts';
import { accessTo, pathOf, type Place } from './place.ts';
import type { RequestOptions } from './registry-client.ts';

/** By HEAD, or by GET of its first byte where HEAD is not answered properly. A blob of another size does not count. */
export async function hasBlob(place: Place, descriptor: Descriptor, { signal }: RequestOptions): Promise<boolean> {
  const access = accessTo(place, 'pull');
  const target = pathOf(place, `blobs/${descriptor.digest}`);
  const head = await place.host.send({ method: 'HEAD', target, access, signal });
  await head.discard();
  if (head.status === 200) return (contentLengthOf(head) ?? descriptor.size) === descriptor.size;
  if (head.status === 404) return false;
  const headers = { range: 'bytes=0-0' };
  const response = await place.host.send({ method: 'GET', target, access, headers, signal });
  const isThere = response.status === 200 || response.status === 206 || response.status === 416;
  if (!isThere && response.status !== 404) {
    throw await place.host.refusal(response, `blob ${descriptor.digest}`, access);
  }
  await response.discard();
  return isThere;
}
