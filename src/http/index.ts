/** HTTP with the manners of a good client: proxies, certificates, redirects, repetition. It knows no registry. */
export type { HttpClient, HttpOptions, HttpRequest, HttpResponse } from './http-client.ts';
