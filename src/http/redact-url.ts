/**
 * A URL for messages and events: no user, no password, no fragment, and the query's names without its values, which in
 * a signed URL are a credential.
 */
export function redactUrl(url: URL): string {
  return `${url.origin}${url.pathname}${redactQuery(url.search)}`;
}

function redactQuery(search: string): string {
  if (search.length <= 1) return '';
  const parts = search.slice(1).split('&');
  return `?${parts.map((part) => (part.includes('=') ? `${part.slice(0, part.indexOf('='))}=…` : '…')).join('&')}`;
}
