/** The certificate authorities that are trusted for every host. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as tls from 'node:tls';
import type { Environment } from './proxy.ts';

/** Where distributions keep their bundle; the first that exists counts. The list is Go's, as are the two variables. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * What Node trusts (its own list, NODE_EXTRA_CA_CERTS) and what the system trusts: its bundle, or what SSL_CERT_FILE
 * and SSL_CERT_DIR name instead. PEM texts, each once.
 */
export function trustedAuthorities(env: Environment): readonly string[] {
  const { getCACertificates } = process.getBuiltinModule('node:tls');
  const extra = env['NODE_EXTRA_CA_CERTS'];
  return [
    ...new Set([
      ...getCACertificates('default').map((certificate) => certificate.trim()),
      ...(extra ? certificatesIn(extra) : []),
      ...systemAuthorities(env, getCACertificates),
    ]),
  ];
}

/** The certificates of a PEM text, without what stands between them. */
export function splitCertificates(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function systemAuthorities(env: Environment, getCACertificates: typeof tls.getCACertificates): readonly string[] {
  const file = env['SSL_CERT_FILE'];
  const directories = (env['SSL_CERT_DIR'] ?? '').split(':').filter((directory) => directory !== '');
  if (file || directories.length > 0) {
    return [...(file ? certificatesIn(file) : []), ...directories.flatMap(certificatesBelow)];
  }
  for (const bundle of bundles) {
    const found = certificatesIn(bundle);
    if (found.length > 0) return found;
  }
  return getCACertificates('system').map((certificate) => certificate.trim());
}

function certificatesBelow(directory: string): readonly string[] {
  try {
    return readdirSync(directory).flatMap((name) => certificatesIn(join(directory, name)));
  } catch {
    return [];
  }
}

function certificatesIn(file: string): readonly string[] {
  try {
    return splitCertificates(readFileSync(file, 'latin1'));
  } catch {
    return []; // As everywhere: what cannot be read is not trusted.
  }
}
