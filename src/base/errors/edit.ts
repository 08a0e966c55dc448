/** An image cannot be edited as asked. */
import { define } from './define.ts';
import { quoteText } from './quote.ts';

export const editErrors = {
  BASE_UNKNOWN: define<{ image: string; flag: '--old-base' | '--new-base' }>({
    exit: 'usage',
    about: 'An image does not say in its annotations on which image it was built, and nobody else says it.',
    message: (data) => `${quoteText(data.image)} does not say on what it was built`,
    hint: (data) => `name the image it was built on with ${data.flag}`,
  }),
  BASE_MISMATCH: define<{ base: string; layer: number; expected: string; actual: string | undefined }>({
    exit: 'failed',
    about: 'The lowest layers of an image are not those of the image that is said to be its base.',
    message: (data) =>
      `the image is not built on ${quoteText(data.base)}: layer ${data.layer} of that is ${data.expected}, ${
        data.actual === undefined ? 'and the image has no such layer' : `the image has ${data.actual}`
      }`,
    hint: 'name the image it was built on, as it was then, with --old-base NAME@DIGEST',
  }),
};
