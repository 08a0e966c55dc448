#!/usr/bin/env node
/** The probe as one file: what `npm run build` bundles, and `append-probe` puts into images. */
import { parseArgs } from 'node:util';
import { escapeText, exitCodes, HoldfastError, isHoldfastError } from '../base/index.ts';
import { host, readTokenFile } from '../host/index.ts';
import type { ProbeRequest } from './probe-options.ts';
import { defaultProbeAddress, startProbe } from './start-probe.ts';
import { writeTest } from './write-test.ts';

const help = `Serves the tree of this machine, read-only, to whoever brings the token of HOLDFAST_PROBE_TOKEN.

  --addr HOST:PORT            where to listen; 0.0.0.0:$PORT where PORT is set, else ${defaultProbeAddress}
  --root DIR                  the directory whose tree is told; /
  --token-file FILE           take the token from a file
  --cross-mounts              go on where something is mounted
  --write-test DIR            try what the file system there does to links and xattrs
  --entries-per-second N      50000
  --bytes-per-second N        268435456
  --debug                     print each request
`;

const options = {
  addr: { type: 'string' },
  root: { type: 'string' },
  'token-file': { type: 'string' },
  'cross-mounts': { type: 'boolean' },
  'write-test': { type: 'string' },
  'entries-per-second': { type: 'string' },
  'bytes-per-second': { type: 'string' },
  debug: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

try {
  await run();
} catch (error) {
  const coded = isHoldfastError(error) ? error : usage(error);
  process.stderr.write(`error: ${coded.message} [${coded.code}]\n${coded.hint ? `hint: ${coded.hint}\n` : ''}`);
  process.exitCode = exitCodes[coded.exit];
}

async function run(): Promise<void> {
  const { values } = parseArgs({ options });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const { HOLDFAST_PROBE_TOKEN, HOLDFAST_PROBE_ADDR, PORT } = process.env;
  const tokenFile = values['token-file'];
  const tested = values['write-test'];
  const probe = await startProbe({
    token: tokenFile === undefined ? HOLDFAST_PROBE_TOKEN : readTokenFile(tokenFile),
    address: values.addr ?? HOLDFAST_PROBE_ADDR ?? (PORT ? `0.0.0.0:${PORT}` : defaultProbeAddress),
    root: values.root,
    crossMounts: values['cross-mounts'],
    entriesPerSecond: numberOf(values['entries-per-second']),
    bytesPerSecond: numberOf(values['bytes-per-second']),
    ...(tested === undefined ? {} : { writeTest: writeTest(tested) }),
    ...(values.debug ? { onRequest: log } : {}),
  });
  for (const warning of probe.warnings) say(`warning: ${warning}`);
  if (!host.isNative)
    say('note: without koffi there are no xattrs, and mounts on one file system look like directories');
  process.stdout.write(`serving the tree of ${escapeText(values.root ?? '/')} at ${probe.url}\n`);
  const signal = await stopSignal();
  await probe[Symbol.asyncDispose]();
  process.exitCode = signal === 'SIGTERM' ? 143 : signal === 'SIGINT' ? 130 : 129;
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      let isFirst = true;
      process.on(signal, () => {
        if (!isFirst) process.exit(exitCodes.interrupted);
        isFirst = false;
        resolve(signal);
      });
    }
  });
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,14}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new HoldfastError('USAGE', { message: `${JSON.stringify(text)} is not a whole number of 1 or more` });
}

function log({ client, method, path, status, lines, milliseconds, error }: ProbeRequest): void {
  say(
    `debug: ${client} ${method} ${escapeText(path)} ${status} ${lines} lines ${Math.round(milliseconds)} ms ${error ?? ''}`,
  );
}

function say(line: string): void {
  process.stderr.write(`${line.trimEnd()}\n`);
}

function usage(error: unknown): HoldfastError {
  const message = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof TypeError && 'code' in error;
  return isUsage ? new HoldfastError('USAGE', { message, hint: 'see --help' }) : new HoldfastError('BUG', { message });
}
