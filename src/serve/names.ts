/** The names of the distribution-spec. */

const repositoryPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;

/** At most 255 characters, like names that `docker` accepts. */
export function isRepository(name: string): boolean {
  return name.length <= 255 && repositoryPattern.test(name);
}

export function isTag(tag: string): boolean {
  return tagPattern.test(tag);
}
