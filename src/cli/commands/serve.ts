import fs from 'node:fs';
import { once } from 'node:events';
import { escapeText, HoldfastError } from '../../base/index.ts';
import { asRefused } from '../../host/index.ts';
import { type RequestRecord, startRegistry } from '../../serve/index.ts';
import { localStoreDirectory } from '../../store/index.ts';
import type { CommandContext } from '../command-context.ts';
import type { CommandOutcome } from '../command-spec.ts';
import { formatBytes } from '../text.ts';

/** `holdfast serve [DIR]`: until a signal ends it. */
export async function run(context: CommandContext): Promise<CommandOutcome> {
  const { values, output, say, signal } = context;
  const directory = context.arguments[0] ?? localStoreDirectory(context.io.env);
  const { addr, htpasswd, token, readOnly } = values;
  await using registry = await startRegistry({
    directory,
    address: addr,
    htpasswd,
    token,
    readOnly,
    tls: tlsOf(context),
    onRequest: (record) => {
      if (values.debug) context.io.stderr.write(`debug: ${requestLine(record)}\n`);
    },
  });
  for (const warning of registry.warnings) say(`warning: ${warning}`);
  const { url, host, port } = registry;
  if (values.format === 'json') await output.writeJson({ url, host, port, directory });
  else if (values.quiet) await output.writeLines([url]);
  else await output.writeLines([`serving ${escapeText(directory)} at ${url}; stop with Ctrl-C`]);
  if (!signal.aborted) await once(signal, 'abort');
  return 'stopped';
}

function tlsOf({ values: { tlsCert, tlsKey } }: CommandContext) {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new HoldfastError('USAGE', { message: '--tls-cert and --tls-key go together' });
  }
  return { cert: read(tlsCert), key: read(tlsKey) };
}

function read(file: string): Uint8Array {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw asRefused('read', file, error);
  }
}

function requestLine({ client, method, url, status, bytes, milliseconds }: RequestRecord): string {
  return `${client} ${method} ${escapeText(url)} ${status} ${formatBytes(bytes)} ${Math.round(milliseconds)} ms`;
}
