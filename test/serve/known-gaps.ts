/** Where other registries are known to depart from the specification. A gap that is closed has to leave its table. */

export type Gaps = readonly (readonly [RegExp, string])[];

/** Debian's docker-registry 2.8.2. */
export const dockerRegistryGaps: Gaps = [
  [/^referrers /, 'it has no referrers API'],
  [/^pushes.* a subject/, 'it has no referrers API'],
  [/^pushes.*whose subject is missing/, 'it has no referrers API'],
  [/^tags are listed in order and page by page/, 'it does not page lists of tags'],
  [/^a list of no tags/, 'it does not page lists of tags'],
  [/^manifests that are missing/, 'a malformed tag is no path to it, and no error document says so'],
  [/^a malformed digest/, 'it answers 500'],
  [/^tags are given in the query/, 'it does not know the parameter'],
  [/^deletes: /, 'it does not delete tags'],
  [/^pushes.*: sparse index/, 'it wants all that an index refers to'],
  [/^pushes.*: image with foreign layers/, 'it answers 500 to URLs that it was not told to allow'],
  [/POST alone/, 'it begins an upload instead'],
  [/: go on after chunks out of order/, 'it takes a chunk that begins in the wrong place'],
  [/^sha256 blobs: are mounted from anywhere/, 'it begins an upload instead'],
  [/: answer the range (?:5000-10000|500-0)/, 'it breaks off'],
  [/sha512 blobs: (?:are pushed|are mounted|may be)/, 'it keeps the blob under its sha256 digest'],
  [/^pushes.*in sha512/, 'it keeps the blob under its sha256 digest'],
];
