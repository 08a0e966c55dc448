/** HTTP with the manners of a good client: proxies, certificates, redirects, repetition. It knows no registry. */
export { defaultCertificateDirectories } from './certificate-directories.ts';
export { createHttpClient } from './create-http-client.ts';
export type { HttpClient, HttpOptions, HttpRequest, HttpResponse } from './http-client.ts';
export { isNearer, localityOf } from './locality.ts';
export { redactUrl } from './redact-url.ts';
