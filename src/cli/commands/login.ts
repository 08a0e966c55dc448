import { escapeText, HoldfastError } from '../../base/index.ts';
import { logIn, registryHost } from '../../transfer/index.ts';
import { ask } from '../ask.ts';
import type { CommandContext } from '../command-context.ts';
import { stdinOf } from '../engine-options.ts';
import { networkUse } from '../network-use.ts';

/** Tokens are a few kilobytes at most. */
const maxPasswordBytes = 64 * 1024;

/** `holdfast login [HOST]` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output, signal, onEvent } = context;
  const host = registryHost(context.arguments[0] ?? 'docker.io');
  const credential = await credentialOf(context);
  const result = await logIn(host, credential, { signal, onEvent, network: networkUse(context, [host]) });
  if (values.format === 'json') return output.writeJson(result);
  const { registry, storedIn } = result;
  if (!values.quiet) {
    await output.writeLines([`logged in to ${escapeText(registry)}; the credentials are in ${escapeText(storedIn)}`]);
  }
}

async function credentialOf(context: CommandContext): Promise<{ username: string; password: string }> {
  const { values } = context;
  if (values.password !== undefined && values.passwordStdin) {
    throw new HoldfastError('USAGE', { message: '--password and --password-stdin do not go together' });
  }
  if (values.passwordStdin && values.username === undefined) {
    throw new HoldfastError('USAGE', { message: '--password-stdin needs --username, too' });
  }
  const username = values.username ?? (await ask(context, 'Username: '));
  const password = await passwordOf(context);
  if (username === '' || password === '') {
    const hint = 'where there is a token and no user name, any name will do, such as "token"';
    throw new HoldfastError('USAGE', { message: `the ${username === '' ? 'user name' : 'password'} is empty`, hint });
  }
  return { username, password };
}

async function passwordOf(context: CommandContext): Promise<string> {
  const { password, passwordStdin } = context.values;
  if (!passwordStdin) return password ?? (await ask(context, 'Password: ', { isSecret: true }));
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stdinOf(context)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxPasswordBytes) throw new HoldfastError('USAGE', { message: 'what stdin holds is no password' });
  }
  // What `echo` adds is not part of it.
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
