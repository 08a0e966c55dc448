/** What was asked for, as a line of the history: the command that asks for it. */
import type { ConfigChanges } from './config-changes.ts';

const longest = 4096;

export function describeChanges(changes: ConfigChanges): string {
  const line = ['holdfast mutate', ...wordsOf(changes).map(quoted)].join(' ');
  return line.length > longest ? `${line.slice(0, longest).toWellFormed()}…` : line;
}

function wordsOf(changes: ConfigChanges): string[] {
  const { cmd, entrypoint, user, workdir, stopSignal, setPlatform } = changes;
  return [
    ...each('--unset-label', changes.unsetLabels),
    ...each('--label', pairs(changes.labels)),
    ...each('--unset-env', changes.unsetEnv),
    ...each('--env', pairs(changes.env)),
    ...each('--entrypoint', entrypoint && [JSON.stringify(entrypoint)]),
    ...each('--cmd', cmd && [JSON.stringify(cmd)]),
    ...each('--user', user === undefined ? [] : [user]),
    ...each('--workdir', workdir === undefined ? [] : [workdir]),
    ...each('--unset-port', changes.unsetPorts),
    ...each('--port', changes.ports),
    ...each('--unset-volume', changes.unsetVolumes),
    ...each('--volume', changes.volumes),
    ...each('--stop-signal', stopSignal === undefined ? [] : [stopSignal]),
    ...each('--set-platform', setPlatform === undefined ? [] : [setPlatform]),
  ];
}

function pairs(map: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(map).map(([name, value]) => `${name}=${value}`);
}

function each(flag: string, values: readonly string[] = []): string[] {
  return values.flatMap((value) => [flag, value]);
}

/** As a shell would need it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
