/** Images from one place to another: copy, tag, delete, list. */
export {};
