import { jsonPath, type Note, type NoteCode, noteTexts } from '../base/index.ts';

/** A note as plain data. */
export interface NoteFacts {
  readonly code: NoteCode;
  readonly message: string;
  /** 1 is the bottom layer; absent when the note is about the image. */
  readonly layer?: number;
  readonly path?: string;
  readonly detail?: string;
  /** How many more of the code there are that are not listed. */
  readonly more?: number;
}

export function noteFacts(note: Note): NoteFacts {
  const { code, layer, path, detail, more } = note;
  return {
    code,
    message: noteTexts[code],
    ...(layer === undefined ? {} : { layer }),
    ...(path === undefined ? {} : { path: jsonPath(path) }),
    ...(detail === undefined ? {} : { detail }),
    ...(more === undefined ? {} : { more }),
  };
}
