/** Notes: what was decided where an image leaves a choice, said instead of done silently. */
import type { ByteString } from './byte-string.ts';

/** Every note by its stable code, with what it means. */
export const noteTexts = {
  BODY_SIZE_IGNORED: 'a directory or hard link entry claims a size; it has no body, as every reader has it',
  CONFLICT_PARENT_REPLACED: 'a parent that is not a directory was replaced by an implied directory',
  DIRECTORY_NAME_AS_FILE: 'a regular file entry whose name ends in "/" is read as a file',
  DUPLICATE_ENTRY: 'the layer names this path more than once; the last entry wins',
  ENTRY_IGNORED: 'the name is reserved by AUFS (.wh..wh.*) and has no effect',
  LINK_ATTRIBUTES_IGNORED: 'the attributes of a hard link entry differ from those of its inode and are ignored',
  MARKER_NOT_A_FILE: 'a whiteout marker has another type than an empty file; type and body are ignored',
  MARKER_WITHOUT_EFFECT: 'the parent of a whiteout marker is not a directory in the layers below',
  MEDIA_TYPE_CONTRADICTED: 'the media type names another compression than the content has',
  MODE_TYPE_BITS: 'the mode field names another file type than the type flag; the type flag holds',
  PAX_SIZE_WINS: 'the size in the PAX header differs from the size in the ustar header; the PAX size holds',
  TRAILING_BYTES: 'bytes after the end of the archive are hashed and otherwise ignored',
  XATTR_NAME_DECODED: 'an xattr name has %3D or %25 in it, which GNU tar writes for "=" and "%"; it is read so',
  XATTR_NOT_SET: 'an xattr that belongs to the host is kept in the tree and not set on disk (see --host-xattrs)',
  HISTORY_MISMATCH: 'the history of the config does not match the number of layers',
  ANNOTATIONS_OF_DOCKER: 'a Docker manifest has no annotations by its own rules; not every tool shows them',
  ATTESTATIONS_DROPPED: 'attestations of images that changed were left out of the index',
  ATTESTATIONS_STALE: 'attestations of images that changed were kept, and say what was true before',
  HISTORY_DROPPED: 'the history did not match the layers and was removed',
  MEDIA_TYPES_ADAPTED: 'layers got the media types that belong to the manifest of the image',
  LAYERS_MANY: 'the image has more layers than the 127 that Docker takes',
  MOUNT_LEFT_OUT: 'something is mounted here; what the mount shows was left out, and so was what it covers',
  PLATFORMS_MIXED: 'images for different platforms were merged',
  ROOT_CHANGED: 'a tree gave the root directory a mode or an owner of its own; container engines ignore that',
  SOCKET_LEFT_OUT: 'a socket was left out, since no archive can hold one',
  ZSTD_OF_DOCKER: 'a Docker manifest names a layer compressed with zstd; containerd reads it, podman and skopeo do not',
  LISTING_INCOMPLETE: 'find could not look at everything; what it missed is as if it were not there',
  RECORD_NOT_WRITTEN: 'the unpack record could not be written beside the directory',
} as const;

export type NoteCode = keyof typeof noteTexts;

export interface Note {
  readonly code: NoteCode;
  /** 1 is the bottom layer; absent when the note is about the image. */
  readonly layer?: number;
  readonly path?: ByteString;
  /** What exactly, when the code's text does not say it all. */
  readonly detail?: string;
  /** How many more notes of the code there were that are not listed. */
  readonly more?: number;
}

const keptPerCode = 1000;
const keptPathBytes = 1024 * 1024;

/** Collects notes in bounded memory: past a thousand of one code, or a mebibyte of paths, they are only counted. */
export class NoteList {
  readonly #notes: Note[] = [];
  readonly #counts = new Map<NoteCode, number>();
  readonly #unlisted = new Map<NoteCode, number>();
  #pathBytes = 0;

  add(note: Note): void {
    const { code, more } = note;
    const count = this.#counts.get(code) ?? 0;
    const pathBytes = this.#pathBytes + (note.path?.length ?? 0);
    if (more !== undefined || count >= keptPerCode || pathBytes > keptPathBytes) {
      this.#unlisted.set(code, (this.#unlisted.get(code) ?? 0) + (more ?? 1));
      return;
    }
    this.#pathBytes = pathBytes;
    this.#counts.set(code, count + 1);
    this.#notes.push(note);
  }

  addAll(notes: Iterable<Note>): void {
    for (const note of notes) this.add(note);
  }

  /** The notes in the order they came, then one with `more` for each code of which some are not listed. */
  get notes(): readonly Note[] {
    return [...this.#notes, ...[...this.#unlisted].map(([code, more]) => ({ code, more }))];
  }
}
