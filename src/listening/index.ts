/** What servers have in common: how they begin and end, and what they answer to what is no request of theirs. */
export { close, listen } from './listen.ts';
export { refuseMisuse } from './refuse-misuse.ts';
