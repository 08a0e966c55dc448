/** Link text and link targets. */
import { type ByteString, HoldfastError } from '../base/index.ts';
import type { TarEntryKind } from './entry.ts';
import type { Extensions } from './extensions.ts';
import { type Header, headerLinkName } from './header.ts';

/** PATH_MAX less its NUL: symlink(2) takes no more. */
const longestText = 4095;

/**
 * Empty for entries that are no links, whatever the archive says there.
 *
 * @throws LINK_TEXT_INVALID, NAME_NUL
 */
export function readLinkName(
  header: Header,
  extensions: Extensions,
  { kind, name }: { kind: TarEntryKind; name: ByteString },
): ByteString {
  const stated = extensions.pax?.values.get('linkpath') ?? extensions.longLink;
  if (kind !== 'symlink' && stated?.includes('\0')) throw new HoldfastError('NAME_NUL', { name: stated });
  if (kind !== 'symlink' && kind !== 'hardlink') return '' as ByteString;
  const text = stated ?? headerLinkName(header);
  const reason = text === '' ? 'is empty' : kind === 'symlink' ? findFault(text) : undefined;
  if (reason !== undefined) throw new HoldfastError('LINK_TEXT_INVALID', { path: name, reason });
  return text;
}

function findFault(text: ByteString): string | undefined {
  if (text.length > longestText) return `is longer than ${longestText} bytes`;
  return text.includes('\0') ? 'holds a NUL byte' : undefined;
}
