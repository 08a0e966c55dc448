/** What is to be run where only a shell is to be had, so that the tree there can be known here. */

/** Each is one line for any POSIX shell, without single quotes, and writes NUL-ended fields to stdout. */
export interface FindListingCommands {
  /** Everything GNU find knows, times to the nanosecond. It knows no device numbers and no xattrs. */
  readonly listing: string;
  /** The SHA-256 of every file, by GNU sha256sum; its output goes behind that of the listing, in the same file. */
  readonly digests: string;
  /**
   * Listing and digests where find has no -printf, as that of BusyBox: with `stat -c`, which knows device numbers and whole
   * seconds only. It starts two programs for each name.
   */
  readonly reduced: string;
}

/** The kind, identity and attributes of one name, and the name: what GNU find calls them. */
const gnuFields = ['y', 'D', 'i', 'n', 'm', 'U', 'G', 's', 'T@', 'l', 'P'];
const gnuRecord = gnuFields.map((field) => `%${field}\\0`).join('');
/** The same as `stat` calls it; mode and device numbers are hexadecimal. */
const statRecord = '%f %d %i %h %u %g %s %Y %t %T';

/** The lines that list the tree below a directory, which other file systems are mounted over being left out. */
export function findListingCommands(root: string): FindListingCommands {
  const gnu = `find . -xdev -printf "${gnuRecord}" -type d \\( ! -readable -o ! -executable \\) -printf "unread\\0%P\\0"`;
  return {
    listing: section('listing', root, gnu),
    digests: section('digests', root, 'find . -xdev -type f -exec sha256sum -z {} +'),
    reduced: section('listing', root, `find . -xdev -exec sh -c "${quoted(reducedLoop)}" sh {} +`),
  };
}

/** For a symbolic link its text, for a file its digest, for a directory whether it could not be read. */
const reducedMore =
  'if [ -h "$p" ]; then readlink -n "$p"; elif [ -f "$p" ]; then sha256sum <"$p"; ' +
  'elif [ -d "$p" ] && { [ ! -r "$p" ] || [ ! -x "$p" ]; }; then printf unread; fi';
const reducedLoop = `for p do printf "stat\\0"; stat -c "${statRecord}" "$p"; printf "\\0"; ${reducedMore}; printf "\\0%s\\0" "$p"; done`;

/** What is mounted where is told by Linux; elsewhere that field is empty. */
function section(kind: 'listing' | 'digests', root: string, find: string): string {
  const inRoot = `(cd "${quoted(root)}" && pwd -P && printf "\\0" && ${find})`;
  const mounts = kind === 'listing' ? 'cat /proc/self/mountinfo; printf "\\0"' : 'printf "\\0"';
  return `printf "holdfast-${kind} 1\\0"; ${inRoot}; printf "end\\0%s\\0" $?; ${mounts}`;
}

/** Within double quotes. */
function quoted(text: string): string {
  return text.replaceAll(/[\\"$`]/g, (character) => `\\${character}`);
}
