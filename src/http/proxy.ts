/** Which proxy a request takes. */
import { HoldfastError } from '../base/index.ts';
import { readNoProxy } from './no-proxy.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Proxy {
  /** Without user and password. */
  readonly url: URL;
  /** Host and port, for messages. */
  readonly host: string;
  /** The value of Proxy-Authorization. */
  readonly authorization: string | undefined;
  /** As in the URL, decoded; for SOCKS. */
  readonly username: string;
  readonly password: string;
}

/** @throws USAGE when the variable that is to be used holds no address of a proxy */
export type ChooseProxy = (url: URL) => Proxy | undefined;

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY in capitals or lower case, capitals first, as in Go. */
export function readProxySettings(env: Environment): ChooseProxy {
  const bypasses = readNoProxy(variable(env, 'NO_PROXY')?.value ?? '');
  const read = (name: string): (() => Proxy | undefined) => {
    let proxy: Proxy | undefined;
    return () => {
      const setting = variable(env, name);
      if (setting) proxy ??= parseProxy(setting.name, setting.value);
      return proxy;
    };
  };
  const proxies = { 'http:': read('HTTP_PROXY'), 'https:': read('HTTPS_PROXY') };
  return (url) => {
    const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
    const port = url.port || (protocol === 'https:' ? '443' : '80');
    return bypasses(url.hostname, port) ? undefined : proxies[protocol]();
  };
}

function variable(env: Environment, name: string): { readonly name: string; readonly value: string } | undefined {
  for (const spelling of [name, name.toLowerCase()]) {
    const value = env[spelling]?.trim();
    if (value) return { name: spelling, value };
  }
  return undefined;
}

const schemes = ['http:', 'https:', 'socks5:', 'socks5h:'];

function parseProxy(name: string, value: string): Proxy {
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '' || !schemes.includes(url.protocol)) {
    throw new HoldfastError('USAGE', {
      message: `${name} holds no address of a proxy`,
      hint: `set it to something like http://proxy.example:3128, or unset it`,
    });
  }
  const username = decode(url.username);
  const password = decode(url.password);
  return { url: bare(url), host: url.host, authorization: basic(username, password), username, password };
}

/** The scheme, host and port only; socks5h differs from socks5 in who looks up names, and that is always the proxy. */
function bare(url: URL): URL {
  return new URL(`${url.protocol.replace('socks5h', 'socks5')}//${url.host}`);
}

function basic(username: string, password: string): string | undefined {
  if (username === '' && password === '') return undefined;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
