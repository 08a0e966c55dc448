/** What stands between this client and a secure connection, in plain words. */
import { failureCode } from './failure-code.ts';

export interface TlsReason {
  readonly reason: string;
  readonly hint?: string;
}

/** Undefined when an error has nothing to do with TLS. */
export function tlsReason(error: unknown): TlsReason | undefined {
  const code = failureCode(error);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return { reason: otherNames(error) };
  const known = reasons[code];
  if (known) return known;
  if (!/^(?:ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$|CERT_|CRL_|UNABLE_TO_)/.test(code)) return undefined;
  return { reason: `the TLS handshake failed (${wordsOf(code)})` };
}

const clock = 'the certificate has to be renewed, or the clock of this machine is wrong';
const unknownAuthority: TlsReason = { reason: 'its certificate comes from an authority that is not known here' };
const notTls: TlsReason = { reason: 'it does not speak TLS', hint: 'if it speaks plain http, use --insecure' };
const oldTls: TlsReason = { reason: 'it speaks only versions of TLS that are not safe', hint: 'it has to be updated' };
const wantsCertificate: TlsReason = {
  reason: 'it ended the handshake; it may want a client certificate',
  hint: 'put a client certificate into certs.d/HOST/client.cert and client.key',
};

/** By the codes that Node gives to OpenSSL's results of verification and alerts. */
const reasons: Readonly<Record<string, TlsReason>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: { reason: 'its certificate is self-signed' },
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  CERT_UNTRUSTED: unknownAuthority,
  CERT_HAS_EXPIRED: { reason: 'its certificate has expired', hint: clock },
  CERT_NOT_YET_VALID: { reason: 'its certificate is not valid yet', hint: clock },
  CERT_REVOKED: { reason: 'its certificate was revoked', hint: 'do not trust this host' },
  INVALID_CA: { reason: 'its certificate was issued by something that is no authority' },
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  ERR_SSL_HTTP_REQUEST: notTls,
  ERR_SSL_UNSUPPORTED_PROTOCOL: oldTls,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: oldTls,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: { ...wantsCertificate, reason: 'it wants a client certificate' },
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: wantsCertificate,
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE': wantsCertificate,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: { ...wantsCertificate, reason: 'it does not accept the client certificate' },
};

function otherNames(error: unknown): string {
  const names = (error as { readonly cert?: { readonly subjectaltname?: unknown } }).cert?.subjectaltname;
  const list = typeof names === 'string' ? names.replaceAll(/(?:DNS|IP Address):/g, '').slice(0, 200) : '';
  return `its certificate is for another name${list === '' ? '' : ` (${list})`}`;
}

function wordsOf(code: string): string {
  return code
    .replace(/^ERR_(?:SSL|TLS|OSSL)_/, '')
    .replaceAll('_', ' ')
    .toLowerCase();
}
