import type { Extensions } from './extensions.ts';
import type { TarLimits } from './limits.ts';

/** What the reader must know besides the header: what stood before it. */
export interface EntryContext {
  readonly extensions: Extensions;
  readonly limits: TarLimits;
  /** Whether the archive has had any PAX header so far; bsdtar then believes the sizes of hard links. */
  readonly paxSeen: boolean;
}
