/** Registries and daemons: they cannot be reached, refuse, or do not speak the protocol. */
import { define } from './define.ts';
import { quoteText } from './quote.ts';

export const networkErrors = {
  HOST_UNREACHABLE: define<{ host: string; reason: string; hint?: string }>({
    exit: 'network',
    about: 'No connection to a registry, daemon or proxy could be made: unknown host, refused, timed out.',
    message: (data) => `${quoteText(data.host)} cannot be reached: ${data.reason}`,
    hint: (data) => data.hint ?? 'check the name, the network and HTTP_PROXY, HTTPS_PROXY and NO_PROXY',
  }),
  TLS_REFUSED: define<{ host: string; reason: string; hint?: string }>({
    exit: 'network',
    about: 'The certificate of a host is not trusted, or the host does not speak TLS.',
    message: (data) => `no secure connection to ${quoteText(data.host)}: ${data.reason}`,
    hint: (data) =>
      data.hint ??
      `add its CA to ~/.docker/certs.d/${data.host}/ca.crt, or trust this one host blindly with --insecure`,
  }),
  AUTH_REQUIRED: define<{ host: string; what: string; reason: string; hint?: string }>({
    exit: 'authentication',
    about: 'The registry wants credentials, and there are none or it does not accept them.',
    message: (data) => `${quoteText(data.host)} refuses ${data.what}: ${data.reason}`,
    hint: (data) => data.hint ?? `log in first: holdfast login ${data.host}`,
  }),
  ACCESS_DENIED: define<{ host: string; what: string; reason: string; hint?: string }>({
    exit: 'authentication',
    about: 'The credentials were accepted, but do not allow this.',
    message: (data) => `${quoteText(data.host)} denies ${data.what}: ${data.reason}`,
    hint: (data) => data.hint ?? 'check the name, and what this user or token may do',
  }),
  CREDENTIALS_INVALID: define<{ source: string; reason: string }>({
    exit: 'authentication',
    about: 'A credential file cannot be read, or a credential helper failed.',
    message: (data) => `credentials from ${quoteText(data.source)}: ${data.reason}`,
  }),
  SETTINGS_INVALID: define<{ file: string; reason: string }>({
    exit: 'usage',
    about: 'A configuration file, such as registries.conf, cannot be read or says what makes no sense.',
    message: (data) => `${quoteText(data.file)}: ${data.reason}`,
  }),
  RATE_LIMITED: define<{ host: string; reason: string; hint?: string }>({
    exit: 'network',
    about: 'The registry asks to come back later, and went on asking.',
    message: (data) => `${quoteText(data.host)} limits the rate: ${data.reason}`,
    hint: (data) => data.hint ?? 'wait, or log in: registries allow more to those they know',
  }),
  REGISTRY_REFUSED: define<{ host: string; what: string; status: number; reason: string; hint?: string }>({
    exit: 'network',
    about: 'The registry answered a request with an error of its own, also after repeating it.',
    message: (data) => `${quoteText(data.host)} answered ${data.status} to ${data.what}: ${data.reason}`,
    hint: (data) => data.hint,
  }),
  REGISTRY_PROTOCOL: define<{ host: string; what: string; reason: string }>({
    exit: 'network',
    about:
      'The registry or its proxy answered something that the protocol does not allow, or that is not safe to follow.',
    message: (data) => `${quoteText(data.host)} gave a wrong answer to ${data.what}: ${data.reason}`,
  }),
  REGISTRY_LACKS: define<{ host: string; what: string; hint?: string }>({
    exit: 'failed',
    about: 'The registry does not offer this operation, such as listing all repositories or deleting.',
    message: (data) => `${quoteText(data.host)} does not offer ${data.what}`,
    hint: (data) => data.hint,
  }),
  TRANSFER_INTERRUPTED: define<{ host: string; what: string; reason: string }>({
    exit: 'network',
    about: 'A transfer broke off again and again.',
    message: (data) => `the transfer of ${data.what} with ${quoteText(data.host)} broke off: ${data.reason}`,
    hint: 'run the command again: what has arrived is kept and resumed',
  }),
  PODMAN_REFUSED: define<{ operation: string; reason: string }>({
    exit: 'failed',
    about: 'The podman command is not there, or refused the operation.',
    message: (data) => `podman does not ${data.operation}: ${data.reason}`,
  }),
  DAEMON_REFUSED: define<{ address: string; operation: string; reason: string }>({
    exit: 'network',
    about: 'The Docker daemon was reached and refused the operation.',
    message: (data) => `the Docker daemon at ${quoteText(data.address)} refuses to ${data.operation}: ${data.reason}`,
  }),
};
