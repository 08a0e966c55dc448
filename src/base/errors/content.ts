/** Documents and blobs that are not what they are said to be. */
import type { ByteString } from '../byte-string.ts';
import { define } from './define.ts';
import { quote, quoteText } from './quote.ts';

export const contentErrors = {
  DIGEST_INVALID: define<{ digest: string }>({
    exit: 'image',
    about: 'A digest is not sha256 or sha512 with lower-case hex of the right length.',
    message: (data) => `${quoteText(data.digest)} is not a valid digest`,
  }),
  DIGEST_MISMATCH: define<{ expected: string; actual: string; what: string }>({
    exit: 'image',
    about: 'The bytes of a blob do not hash to the digest of its descriptor.',
    message: (data) => `${data.what}: expected ${data.expected}, the content is ${data.actual}`,
    hint: 'the image is damaged or was tampered with; fetch it again',
  }),
  SIZE_MISMATCH: define<{ expected: number; actual: number; what: string }>({
    exit: 'image',
    about: 'A blob is shorter or longer than its descriptor says.',
    message: (data) => `${data.what}: expected ${data.expected} bytes, there are ${data.actual}`,
    hint: 'the image is damaged or was tampered with; fetch it again',
  }),
  DIFFID_MISMATCH: define<{ expected: string; actual: string }>({
    exit: 'image',
    about: 'The uncompressed layer does not hash to the DiffID in the config.',
    message: (data) => `the config says DiffID ${data.expected}, the layer has ${data.actual}`,
    hint: 'manifest and config do not belong together; the image cannot be trusted',
  }),
  DIFFID_COUNT: define<{ layers: number; diffIds: number }>({
    exit: 'image',
    about: 'The config lists another number of DiffIDs than the manifest has layers.',
    message: (data) => `the manifest has ${data.layers} layers, the config lists ${data.diffIds} DiffIDs`,
  }),
  CONTENT_CHANGED: define<{ path: ByteString; expected: number; actual: number }>({
    exit: 'failed',
    about: 'A file became shorter or longer while its content was being written into an archive.',
    message: (data) => `${quote(data.path)} had ${data.expected} bytes and gave ${data.actual}`,
    hint: 'try again when nothing writes to it',
  }),
  CODEC_CORRUPT: define<{ codec: string; reason: string }>({
    exit: 'image',
    about: 'A compressed stream is damaged, cut short or followed by garbage.',
    message: (data) => `the ${data.codec} stream is corrupt: ${data.reason}`,
  }),
  DOCUMENT_INVALID: define<{ what: string; reason: string }>({
    exit: 'image',
    about: 'A manifest, index, config or archive document is not valid JSON or lacks what it must have.',
    message: (data) => `${data.what} is invalid: ${data.reason}`,
  }),
  DOCUMENT_AMBIGUOUS: define<{ what: string; reason: string }>({
    exit: 'image',
    about: 'A document can be read as a manifest and as an index (CVE-2021-41190).',
    message: (data) => `${data.what} is ambiguous: ${data.reason}`,
  }),
  MEDIA_TYPE_UNSUPPORTED: define<{ mediaType: string; what: string; hint?: string }>({
    exit: 'image',
    about: 'A document or layer has a media type that Holdfast does not read, such as Docker schema 1.',
    message: (data) => `${data.what} has the unsupported media type ${quoteText(data.mediaType)}`,
    hint: (data) => data.hint,
  }),
  BLOB_MISSING: define<{ digest: string; where: string }>({
    exit: 'image',
    about: 'A blob that a document refers to is not in the layout or archive, or is not a regular file.',
    message: (data) => `blob ${data.digest}: ${data.where}`,
  }),
  LISTING_INVALID: define<{ listing: string; record: number; reason: string }>({
    exit: 'image',
    about:
      'A listing of a tree is not what the lines of `holdfast probe --print-find` print, was cut short or changed.',
    message: (data) => `${quoteText(data.listing)} is no listing of a tree: ${data.reason} (record ${data.record})`,
    hint: 'holdfast probe --print-find tells what to run; redirect its output on the side that has no terminal',
  }),
  FACTS_UNKNOWN: define<{ reference: string; facts: readonly string[] }>({
    exit: 'failed',
    about: 'A layer or an image was to be made of a tree of which not everything is known that has to be in it.',
    message: (data) => `${quoteText(data.reference)} does not tell all that a layer holds: ${data.facts.join(', ')}`,
    hint: 'such a tree can be compared, and nothing can be made of it',
  }),
  ARCHIVE_INVALID: define<{ file: string; reason: string }>({
    exit: 'image',
    about: 'An image archive is not what its transport says, or its members refer to each other in a circle.',
    message: (data) => `${quoteText(data.file)}: ${data.reason}`,
  }),
  OVERLAY_INVALID: define<{ path: ByteString; reason: string }>({
    exit: 'image',
    about: 'A mark in an overlay upper directory makes no sense: the kernel would refuse the name, too.',
    message: (data) => `${quote(data.path)} in the upper directory: ${data.reason}`,
    hint: 'the base is another one than what the overlay was mounted over, or the upper directory is damaged',
  }),
};
