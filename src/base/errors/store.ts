/** The local blob store, and layouts that are written to. */
import { define } from './define.ts';
import { quoteText } from './quote.ts';

export const storeErrors = {
  STORE_INVALID: define<{ directory: string; reason: string }>({
    exit: 'store',
    about: 'A directory that is to be used as a blob store or written to as a layout is something else, or is damaged.',
    message: (data) => `${quoteText(data.directory)}: ${data.reason}`,
    hint: 'choose another directory, or look at it with: holdfast store fsck',
  }),
  STORE_BUSY: define<{ directory: string; reason: string }>({
    exit: 'store',
    about: 'Another process is using the store in a way that does not allow this now.',
    message: (data) => `${quoteText(data.directory)} is busy: ${data.reason}`,
    hint: 'try again when it is done',
  }),
};
