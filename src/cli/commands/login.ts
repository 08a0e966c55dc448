import { buffer } from 'node:stream/consumers';
import { escapeText, HoldfastError } from '../../base/index.ts';
import { logIn } from '../../transfer/index.ts';
import { ask } from '../ask.ts';
import type { CommandContext } from '../command-context.ts';
import { networkUse } from '../network-use.ts';

/** `holdfast login [HOST]` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output, signal, onEvent } = context;
  const [host = 'docker.io'] = context.arguments;
  const username = values.username ?? (await ask(context, 'Username: '));
  const password = await passwordOf(context);
  if (username === '' || password === '') {
    throw new HoldfastError('USAGE', {
      message: 'login needs a user and a password',
      hint: 'see holdfast login --help',
    });
  }
  const result = await logIn(host, { username, password }, { signal, onEvent, network: networkUse(context, [host]) });
  if (values.format === 'json') return output.writeJson(result);
  const { registry, storedIn } = result;
  if (!values.quiet) {
    await output.writeLines([`logged in to ${escapeText(registry)}; the credentials are in ${escapeText(storedIn)}`]);
  }
}

async function passwordOf(context: CommandContext): Promise<string> {
  const { values, io } = context;
  if (values.password !== undefined && values.passwordStdin) {
    throw new HoldfastError('USAGE', { message: '--password and --password-stdin do not go together' });
  }
  if (!values.passwordStdin) return values.password ?? (await ask(context, 'Password: ', { isSecret: true }));
  const text = (await buffer(io.stdin)).toString('utf8');
  // What `echo` adds is not part of it.
  return text.replace(/\r?\n$/, '');
}
