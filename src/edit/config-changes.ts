/** What `mutate` may change in a config, checked and applied. */
import { HoldfastError, quoteText } from '../base/index.ts';
import { parsePlatform } from '../oci/index.ts';
import { type JsonObject, listAt, objectAt, withKey } from './json-object.ts';

export type TextMap = Readonly<Record<string, string>>;

/** What is left out stays as it is. What is unset goes first, so that what is set as well is there. */
export interface ConfigChanges {
  readonly labels?: TextMap;
  readonly unsetLabels?: readonly string[];
  readonly env?: TextMap;
  readonly unsetEnv?: readonly string[];
  /** None when empty. */
  readonly cmd?: readonly string[];
  /** None when empty. The command goes with it, unless one is given too: it was made for the entrypoint that was there. */
  readonly entrypoint?: readonly string[];
  /** None when empty, as with all texts. */
  readonly user?: string;
  /** An absolute path. */
  readonly workdir?: string;
  readonly stopSignal?: string;
  /** `PORT[/PROTOCOL]`; tcp unless given. */
  readonly ports?: readonly string[];
  readonly unsetPorts?: readonly string[];
  /** Absolute paths. */
  readonly volumes?: readonly string[];
  readonly unsetVolumes?: readonly string[];
  /** `os/arch[/variant]` */
  readonly setPlatform?: string;
}

/** @throws USAGE for what no config can hold */
export function changedConfig(config: JsonObject, changes: ConfigChanges): JsonObject {
  const platform = changes.setPlatform === undefined ? {} : platformFields(changes.setPlatform);
  const before = objectAt(config, 'config');
  const runtime = changedRuntime(before, changes);
  const changed = { ...config, ...platform };
  return runtime === before ? changed : withKey(changed, 'config', runtime);
}

/** The same object where nothing changes. */
function changedRuntime(runtime: JsonObject, changes: ConfigChanges): JsonObject {
  const { cmd = changes.entrypoint && [], entrypoint, user, workdir, stopSignal } = changes;
  if (workdir) requireAbsolute(workdir, 'a working directory');
  if (stopSignal && !/^[A-Za-z0-9+-]{1,32}$/.test(stopSignal)) throw unfit(stopSignal, 'is not a signal');
  const steps: readonly ((object: JsonObject) => JsonObject)[] = [
    (object) => withWords(object, 'Entrypoint', entrypoint),
    (object) => withWords(object, 'Cmd', cmd),
    (object) => withText(object, 'User', user),
    (object) => withText(object, 'WorkingDir', workdir),
    (object) => withText(object, 'StopSignal', stopSignal),
    (object) => withEnv(object, changes),
    (object) => withEntries(object, 'Labels', { set: changes.labels, unset: changes.unsetLabels }),
    (object) => withMembers(object, 'ExposedPorts', changes.ports?.map(asPort), changes.unsetPorts?.map(asPort)),
    (object) => withMembers(object, 'Volumes', changes.volumes?.map(asVolume), changes.unsetVolumes),
  ];
  return steps.reduce((object, step) => step(object), runtime);
}

/**
 * An object of texts inside another, changed.
 * @throws USAGE for an empty key and for what is not Unicode
 */
export function withEntries(
  object: JsonObject,
  key: string,
  { set = {}, unset = [] }: { readonly set?: TextMap | undefined; readonly unset?: readonly string[] | undefined },
): JsonObject {
  const before = objectAt(object, key);
  for (const [name, value] of Object.entries(set)) requireText(name, value);
  const kept = Object.entries(before).filter(([name]) => !unset.includes(name) || Object.hasOwn(set, name));
  return changedMap(object, key, Object.fromEntries([...kept, ...Object.entries(set)]));
}

/** A set, which Go writes as an object of empty objects. */
function withMembers(
  object: JsonObject,
  key: string,
  add: readonly string[] = [],
  remove: readonly string[] = [],
): JsonObject {
  const before = objectAt(object, key);
  for (const name of [...add, ...remove]) requireText(name, '');
  const kept = Object.entries(before).filter(([name]) => !remove.includes(name) || add.includes(name));
  const added = add.filter((name) => !Object.hasOwn(before, name)).map((name) => [name, {}] as const);
  return changedMap(object, key, Object.fromEntries([...kept, ...added]));
}

function changedMap(object: JsonObject, key: string, after: JsonObject): JsonObject {
  return JSON.stringify(objectAt(object, key)) === JSON.stringify(after) ? object : withKey(object, key, after);
}

function withEnv(object: JsonObject, { env = {}, unsetEnv = [] }: ConfigChanges): JsonObject {
  const before = listAt(object, 'Env').map(String);
  for (const [name, value] of Object.entries(env)) requireVariable(name, value);
  for (const name of unsetEnv) requireVariable(name, '');
  const kept = before.filter((line) => !unsetEnv.includes(nameOf(line)) || Object.hasOwn(env, nameOf(line)));
  const seen = new Set<string>();
  const changed = kept.flatMap((line) => {
    const name = nameOf(line);
    if (!Object.hasOwn(env, name)) return [line];
    // Of a name that is there twice the last one counts, so that one place is enough.
    if (seen.has(name)) return [];
    seen.add(name);
    return [`${name}=${env[name]}`];
  });
  const added = Object.entries(env).flatMap(([name, value]) => (seen.has(name) ? [] : [`${name}=${value}`]));
  const after = [...changed, ...added];
  return JSON.stringify(after) === JSON.stringify(before) ? object : withKey(object, 'Env', after);
}

function nameOf(line: string): string {
  return line.split('=', 1)[0] ?? '';
}

function withWords(object: JsonObject, key: string, words: readonly string[] | undefined): JsonObject {
  if (words === undefined || JSON.stringify(words) === JSON.stringify(listAt(object, key))) return object;
  for (const word of words) requireText('word', word);
  return withKey(object, key, words.length === 0 ? undefined : words);
}

function withText(object: JsonObject, key: string, text: string | undefined): JsonObject {
  if (text === undefined || text === (object[key] ?? '')) return object;
  requireText(key, text);
  return withKey(object, key, text === '' ? undefined : text);
}

/** The fields that say which machines an image is for; an image of another machine has no version of the old one. */
function platformFields(text: string): JsonObject {
  const { os, architecture, variant } = parsePlatform(text);
  return { architecture, os, variant, 'os.version': undefined, 'os.features': undefined };
}

function asPort(text: string): string {
  const [, port = '', protocol = 'tcp'] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(text.toLowerCase()) ?? [];
  if (port === '' || Number(port) < 1 || Number(port) > 65_535) {
    throw unfit(text, 'is not a port', 'ports look like 8080 or 53/udp');
  }
  return `${Number(port)}/${protocol}`;
}

function asVolume(text: string): string {
  requireAbsolute(text, 'a volume');
  return text;
}

function requireAbsolute(text: string, what: string): void {
  if (!/^(?:\/|[A-Za-z]:[\\/])/.test(text)) throw unfit(text, `is not an absolute path, which ${what} needs`);
}

function requireVariable(name: string, value: string): void {
  if (name === '' || name.includes('=')) throw unfit(name, 'is not the name of a variable');
  requireText(name, value);
}

function requireText(name: string, value: string): void {
  if (name === '') throw unfit(name, 'is no name');
  for (const text of [name, value]) {
    if (!text.isWellFormed() || text.includes('\0')) throw unfit(text, 'is not text that JSON and a process can hold');
  }
}

function unfit(text: string, problem: string, hint?: string): HoldfastError {
  return new HoldfastError('USAGE', {
    message: `${quoteText(text)} ${problem}`,
    ...(hint === undefined ? {} : { hint }),
  });
}
