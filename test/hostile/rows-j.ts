/** J: other processes, and the state of the target. */
import type { HostileRow } from './hostile-row.ts';

export const swappedDirectory: HostileRow = {
  id: 'J1',
  title: 'another process swaps directories for links while an image is unpacked',
  structure:
    'A process that may write in the target exchanges directories and files with links to the host, over and over.',
  consequence:
    'Between the check of a path and its use, the file goes to the host (containerd CVE-2025-47290, Docker CVE-2026-41568).',
  verdict: 'kept',
  inputs: [],
  alsoTested:
    'A racing process exchanges names with renameat2 for seconds while images are unpacked: nothing outside changes. Every call names one component below an open directory.',
};

export const occupiedTarget: HostileRow = {
  id: 'J2',
  title: 'the target is not empty',
  structure: 'A target that holds a file or a link, is a file, a pipe, or a link.',
  consequence:
    'What an attacker has put there becomes part of the root file system, or redirects it (tar-fs CVE-2025-59343).',
  verdict: 'rejected',
  inputs: [],
  alsoTested: 'Each of them is refused with `TARGET_OCCUPIED` and stays as it is.',
};

export const predictableNames: HostileRow = {
  id: 'J3',
  title: 'somebody has made the temporary names before',
  structure: 'Links to the host under the names that an unpack or export beside them would use.',
  consequence: 'The tool writes through the link, or removes what the link leads to.',
  verdict: 'kept',
  inputs: [],
  alsoTested:
    'Temporary names are random and made only if they are new; the unpack record replaces what stands in its place by one rename. (An export is written where the user says, through a link as well.)',
};

export const replacedBlob: HostileRow = {
  id: 'J4',
  title: 'a blob is replaced between its check and its use',
  structure: 'A layout whose layer another process renames over after it was opened.',
  consequence: 'What was verified is not what is used.',
  verdict: 'kept',
  inputs: [],
  alsoTested: 'Every blob is opened once; the bytes that are hashed are those that are used.',
};

export const textInMessages: HostileRow = {
  id: 'J6',
  title: 'messages carry text of the image',
  structure: 'Escapes, newlines and bidirectional controls in names, tags, digests, xattr names, annotations.',
  consequence: 'Logs are forged and terminals commanded.',
  verdict: 'kept',
  inputs: [],
  alsoTested:
    'The message and hint of every refusal in this document are checked for unescaped control characters, as is the whole output of the command for such an image, except where it gives out bytes of the image themselves (`cat`, `config`, `manifest`).',
};
