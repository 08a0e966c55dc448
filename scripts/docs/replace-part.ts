/**
 * A page that is written by hand but for one part, between `<!-- NAME: … -->` and `<!-- end of NAME -->`.
 * @throws Error where the page lacks that place
 */
export function replacePart(text: string, name: string, part: string): string {
  const place = new RegExp(`(<!-- ${RegExp.escape(name)}: [^>]* -->\\n)[^]*?(<!-- end of ${RegExp.escape(name)} -->)`);
  if (!place.test(text)) throw new Error(`there is no place for ${name}`);
  return text.replace(place, (_all, begin: string, end: string) => `${begin}\n${part}\n\n${end}`);
}
