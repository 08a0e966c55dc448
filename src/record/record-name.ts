/** The name of the record for the name of its directory. */
export function recordName<Name extends string>(name: Name): Name {
  return `.${name}.holdfast` as Name;
}
