/** A tar archive is broken, or readers would take it differently. */
import type { ByteString } from '../byte-string.ts';
import { define } from './define.ts';
import { quote, quoteText } from './quote.ts';

export const archiveErrors = {
  TAR_CHECKSUM: define<{ offset: number }>({
    exit: 'image',
    about: 'A header block has a wrong checksum. Holdfast never searches on for the next good one.',
    message: (data) => `tar header at byte ${data.offset} has a wrong checksum`,
  }),
  TAR_TRUNCATED: define<{ offset: number; inside: 'header' | 'body' | 'padding' | 'extension' }>({
    exit: 'image',
    about: 'The archive ends inside a header, a body or its padding.',
    message: (data) =>
      `the archive ends inside ${data.inside === 'extension' ? 'an' : 'a'} ${data.inside} that begins at byte ${data.offset}`,
  }),
  TAR_NUMBER: define<{ field: string; value: string; name?: ByteString }>({
    exit: 'image',
    about: 'A numeric field is malformed, negative where it may not be, or too large.',
    message: (data) =>
      `${data.name === undefined ? '' : `${quote(data.name)}: `}the field ${data.field} holds ${quoteText(data.value)}`,
  }),
  TAR_TYPEFLAG: define<{ name: ByteString; typeflag: string }>({
    exit: 'image',
    about: 'An entry has a type flag that is not a file type, a link or a known extension.',
    message: (data) => `${quote(data.name)} has the unknown type flag ${quoteText(data.typeflag)}`,
  }),
  TAR_MAGIC: define<{ offset: number }>({
    exit: 'image',
    about: 'A header has neither the ustar, nor the GNU, nor the empty v7 magic.',
    message: (data) => `the header at byte ${data.offset} is of no known tar dialect`,
  }),
  TAR_PAX_RECORD: define<{ offset: number; reason: string }>({
    exit: 'image',
    about: 'A PAX extended header holds a record that readers take differently: bad length, no "=", no newline.',
    message: (data) => `the PAX header at byte ${data.offset} is malformed: ${data.reason}`,
  }),
  TAR_EXTENSION: define<{ offset: number; reason: string }>({
    exit: 'image',
    about: 'An extension header (PAX x, GNU L or K) is doubled, contradicts another, or describes no entry.',
    message: (data) => `the extension header at byte ${data.offset} ${data.reason}`,
  }),
  TAR_GLOBAL_OVERRIDE: define<{ offset: number; key: string }>({
    exit: 'image',
    about: 'A global PAX header sets path, linkpath or size; some readers obey and some do not.',
    message: (data) => `the global PAX header at byte ${data.offset} sets ${quoteText(data.key)}`,
  }),
  TAR_LINK_WITH_BODY: define<{ name: ByteString; size: number }>({
    exit: 'image',
    about: 'Something that is not a file claims a body; some readers skip it and others read it as entries.',
    message: (data) => `${quote(data.name)} is not a file but claims a body of ${data.size} bytes`,
  }),
  TAR_SPARSE: define<{ name: ByteString; reason: string }>({
    exit: 'image',
    about: 'A sparse map overlaps, runs past the end of the file or is malformed.',
    message: (data) => `the sparse map of ${quote(data.name)} ${data.reason}`,
  }),
  TAR_LONE_ZERO_BLOCK: define<{ offset: number }>({
    exit: 'image',
    about: 'One zero block stands between entries; some readers stop there and some go on.',
    message: (data) => `a lone zero block at byte ${data.offset} is followed by more entries`,
  }),
};
