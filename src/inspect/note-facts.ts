import { type Note, noteTexts, type NoteCode } from '../base/index.ts';
import { jsonPath } from './entry-facts.ts';

/** A note as plain data. */
export interface NoteFacts {
  readonly code: NoteCode;
  readonly message: string;
  /** 1 is the bottom layer; absent when the note is about the image. */
  readonly layer?: number;
  readonly path?: string;
  readonly detail?: string;
}

export function noteFacts(note: Note): NoteFacts {
  const { code, layer, path, detail } = note;
  return {
    code,
    message: noteTexts[code],
    ...(layer === undefined ? {} : { layer }),
    ...(path === undefined ? {} : { path: jsonPath(path) }),
    ...(detail === undefined ? {} : { detail }),
  };
}
