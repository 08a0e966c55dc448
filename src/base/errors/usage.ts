/** The command was not understood, or what it names is not there. */
import { define } from './define.ts';
import { quote, quoteText } from './quote.ts';
import type { ByteString } from '../byte-string.ts';

export const usageErrors = {
  USAGE: define<{ message: string; hint?: string }>({
    exit: 'usage',
    about: 'The command line is wrong: an unknown flag, a missing argument, a value that does not fit.',
    message: (data) => data.message,
    hint: (data) => data.hint,
  }),
  REFERENCE_INVALID: define<{ reference: string; reason: string; hint?: string }>({
    exit: 'usage',
    about: 'An image reference does not follow the grammar.',
    message: (data) => `${quoteText(data.reference)} is not an image reference: ${data.reason}`,
    hint: (data) =>
      data.hint ??
      'references look like debian:12, registry.example/app:1.0, oci:DIR:TAG, oci-archive:FILE or docker-archive:FILE',
  }),
  TRANSPORT_UNSUPPORTED: define<{ transport: string; what?: string; hint?: string }>({
    exit: 'usage',
    about: 'The transport of a reference is not supported by this command or this version.',
    message: (data) =>
      data.what === undefined
        ? `the transport ${quoteText(data.transport)} is not supported`
        : `${data.what} is not possible with the transport ${quoteText(data.transport)}`,
    hint: (data) => data.hint,
  }),
  TERMINAL_REFUSED: define<{ output: string; hint?: string }>({
    exit: 'usage',
    about: 'Binary output would go to a terminal.',
    message: (data) => `refusing to write ${data.output} to a terminal`,
    hint: (data) => data.hint ?? 'redirect stdout, or name a file with -o FILE',
  }),
  IMAGE_NOT_FOUND: define<{ reference: string; reason: string; available?: readonly string[]; hint?: string }>({
    exit: 'notFound',
    about: 'The reference is well-formed, but there is no such file, layout, tag or digest.',
    message: (data) => `${quoteText(data.reference)}: ${data.reason}`,
    hint: (data) =>
      data.available && data.available.length > 0 ? `there is: ${data.available.map(quoteText).join(', ')}` : data.hint,
  }),
  IMAGE_AMBIGUOUS: define<{ reference: string; available: readonly string[]; reason?: string }>({
    exit: 'usage',
    about:
      'The reference names no tag and the layout or archive holds more than one image, or two have the name it names.',
    message: (data) =>
      `${quoteText(data.reference)} ${
        data.reason ?? `holds ${data.available.length} images, and the reference names none`
      }`,
    hint: (data) => `add one of: ${data.available.slice(0, 20).map(quoteText).join(', ')}`,
  }),
  DESTINATION_DIGEST: define<{ reference: string; expected: string; actual: string }>({
    exit: 'usage',
    about: 'A destination names a digest, and what is to be written there has another one.',
    message: (data) => `${quoteText(data.reference)} names ${data.expected}, but the image is ${data.actual}`,
    hint: 'leave the digest out, or copy the whole index with --all if it is the digest of one',
  }),
  PLATFORM_NOT_FOUND: define<{ wanted: string; available: readonly string[] }>({
    exit: 'notFound',
    about: 'The index holds no image for the wanted platform.',
    message: (data) => `there is no image for platform ${quoteText(data.wanted)}`,
    hint: (data) => `available: ${data.available.map(quoteText).join(', ') || 'nothing'}; choose with --platform`,
  }),
  PATH_NOT_FOUND: define<{ path: ByteString; reason: 'missing' | 'not-a-directory' | 'loop' | 'not-a-file' }>({
    exit: 'notFound',
    about: 'A path inside the image does not exist, or is not of the kind the command needs.',
    message: (data) =>
      `${quote(data.path)}: ${
        {
          missing: 'no such file or directory in the image',
          'not-a-directory': 'a component of the path is not a directory',
          loop: 'more than 40 symbolic links',
          'not-a-file': 'not a regular file',
        }[data.reason]
      }`,
  }),
};
