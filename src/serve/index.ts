/** A registry over an OCI layout directory. */
export {};
