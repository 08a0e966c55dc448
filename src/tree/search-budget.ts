import { type ByteString, HoldfastError, type Limits, limitFlags, maxMetadataBytes } from '../base/index.ts';

/** As many names as if every entry of an image were looked at for each of so many components of a glob. */
const namesPerEntry = 20;

/** What a search for paths may cost: a few links and a glob are enough to find the same files over and over again. */
export class SearchBudget {
  readonly #maxNames: number;
  #names = 0;
  #pathBytes = 0;

  constructor({ maxEntries }: Pick<Limits, 'maxEntries'>) {
    this.#maxNames = maxEntries * namesPerEntry;
  }

  /** Counts names that are looked at. @throws LIMIT_EXCEEDED */
  look(names: number): void {
    this.#names += names;
    if (this.#names <= this.#maxNames) return;
    const [limit, value] = ['names looked at to find what is to be copied', String(this.#maxNames)];
    throw new HoldfastError('LIMIT_EXCEEDED', { limit, flag: limitFlags.maxEntries, value });
  }

  /** Counts the names in the text of a link. @throws LIMIT_EXCEEDED */
  readonly follow = (text: ByteString): void => this.look(text.split('/').length);

  /** Counts a path that is kept. @throws LIMIT_EXCEEDED */
  keep(path: ByteString): ByteString {
    this.#pathBytes += path.length;
    if (this.#pathBytes <= maxMetadataBytes) return path;
    const [limit, value] = ['bytes of paths that are to be copied', String(maxMetadataBytes)];
    throw new HoldfastError('LIMIT_EXCEEDED', { limit, flag: '', value });
  }
}
