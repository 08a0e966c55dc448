/** Where registries.conf is. */
import fs from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { HoldfastError } from '../base/index.ts';
import { mergeSettings, parseRegistriesConf } from './registries-conf.ts';
import type { RegistrySettings } from './registry-settings.ts';

/**
 * The settings of CONTAINERS_REGISTRIES_CONF where that is set; else of the user's registries.conf, or the system's where
 * there is none, and of the files in `registries.conf.d` beside each, in the order of their names.
 *
 * @throws SETTINGS_INVALID
 */
export function loadRegistriesConf(
  env: Readonly<Record<string, string | undefined>> = process.env,
  system = '/etc/containers',
): RegistrySettings {
  const own = env['CONTAINERS_REGISTRIES_CONF'];
  if (own !== undefined && own !== '') return read(own) ?? refuse(own, 'there is no such file');
  const user = join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'containers');
  const main = read(join(user, 'registries.conf')) ?? read(join(system, 'registries.conf')) ?? {};
  return mergeSettings([
    main,
    ...readDirectory(join(system, 'registries.conf.d')),
    ...readDirectory(join(user, 'registries.conf.d')),
  ]);
}

function readDirectory(directory: string): readonly RegistrySettings[] {
  return listNames(directory)
    .filter((name) => name.endsWith('.conf'))
    .sort()
    .map((name) => read(join(directory, name)) ?? {});
}

function listNames(directory: string): readonly string[] {
  try {
    return fs.readdirSync(directory);
  } catch {
    return [];
  }
}

/** Undefined when there is no such file. */
function read(file: string): RegistrySettings | undefined {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    return refuse(file, `it cannot be read (${code})`);
  }
  return parseRegistriesConf(text, file);
}

function refuse(file: string, reason: string): never {
  throw new HoldfastError('SETTINGS_INVALID', { file, reason });
}
