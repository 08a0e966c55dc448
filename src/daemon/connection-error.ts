/** Why there is no connection to a daemon, in words that help. */
import { HoldfastError, isHoldfastError } from '../base/index.ts';

/** HOST_UNREACHABLE or TLS_REFUSED for an error of the network; a Holdfast error as it is. */
export function connectionError(address: string, error: unknown): unknown {
  if (isHoldfastError(error)) return error;
  const { code, reason } = describe(error);
  if (/CERT|SELF_SIGNED|UNABLE_TO_|^ERR_(?:TLS|SSL)|^EPROTO$/.test(code)) {
    const hint = 'DOCKER_CERT_PATH should lead to the ca.pem, cert.pem and key.pem of this daemon';
    return new HoldfastError('TLS_REFUSED', { host: address, reason, hint }, { cause: error });
  }
  return new HoldfastError('HOST_UNREACHABLE', { host: address, reason, hint: hintFor(code) }, { cause: error });
}

/** What a broken connection says of itself. */
export function reasonOf(error: unknown): string {
  return describe(error).reason;
}

function describe(error: unknown): { readonly code: string; readonly reason: string } {
  // Of several addresses that were tried, the first one's error is told.
  const first: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  if (!(first instanceof Error)) return { code: '', reason: String(first) };
  const code = 'code' in first ? String(first.code) : '';
  return { code, reason: first.message || code };
}

function hintFor(code: string): string {
  if (code === 'EACCES' || code === 'EPERM') {
    return 'this user may not open the socket: join the group docker, or run as root, or set DOCKER_HOST';
  }
  return 'is dockerd running? DOCKER_HOST says where, and is /var/run/docker.sock when it is not set';
}
