/** registries.conf as Podman, Buildah and Skopeo have it (containers-registries.conf(5), version 2): text to settings. */
import { parse, TomlError } from 'smol-toml';
import * as v from 'valibot';
import { HoldfastError } from '../base/index.ts';
import type { Mirror, RegistrySettings } from './registry-settings.ts';

const maxText = 1024 * 1024;

/**
 * Mirrors, relocations, blocked and insecure registries. What is only about names without a registry
 * (`unqualified-search-registries`, aliases) does not count here: such names are Docker Hub's. Of the obsolete first
 * version, what is insecure and blocked is read.
 *
 * @param file names the text in errors
 * @throws SETTINGS_INVALID
 */
export function parseRegistriesConf(text: string, file: string): RegistrySettings {
  if (text.length > maxText) throw invalid(file, 'it is too large');
  const result = v.safeParse(document, toValue(text, file), { abortEarly: true });
  if (result.success) return settingsOf(result.output, file);
  const [issue] = result.issues;
  throw invalid(file, `${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
}

/** The settings of several files: for each registry the last one that names it counts. */
export function mergeSettings(all: readonly RegistrySettings[]): RegistrySettings {
  const rules = new Map<string, Rule>();
  const insecureHosts = new Set<string>();
  for (const settings of all) {
    for (const prefix of prefixesOf(settings)) rules.set(prefix, ruleOf(settings, prefix));
    for (const host of settings.insecureHosts ?? []) insecureHosts.add(host);
  }
  return { ...fromRules(rules), insecureHosts: [...insecureHosts] };
}

/** What settings say about one prefix. A rule without a location or mirror still stops shorter prefixes. */
interface Rule {
  readonly mirrors: readonly Mirror[];
  readonly location: string;
  readonly isBlocked: boolean;
}

const pullFrom = v.picklist(['all', 'digest-only', 'tag-only'], 'should be all, digest-only or tag-only');
const mirrorTable = v.object({
  location: v.string(),
  insecure: v.optional(v.boolean(), false),
  'pull-from-mirror': v.optional(pullFrom, 'all'),
});
const registryTable = v.object({
  prefix: v.optional(v.string(), ''),
  location: v.optional(v.string(), ''),
  insecure: v.optional(v.boolean(), false),
  blocked: v.optional(v.boolean(), false),
  'mirror-by-digest-only': v.optional(v.boolean(), false),
  mirror: v.optional(v.array(mirrorTable), []),
});
const oldList = v.optional(v.object({ registries: v.optional(v.array(v.string()), []) }), { registries: [] });
const document = v.object({
  registry: v.optional(v.array(registryTable), []),
  registries: v.optional(v.object({ insecure: oldList, block: oldList }), {}),
});

type RegistryTable = v.InferOutput<typeof registryTable>;

function toValue(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw invalid(file, `line ${error.line}, column ${error.column} is not valid TOML`);
  }
}

function settingsOf({ registry, registries }: v.InferOutput<typeof document>, file: string): RegistrySettings {
  const rules = new Map<string, Rule>();
  const insecureHosts = [...registries.insecure.registries];
  for (const host of registries.block.registries) rules.set(host, { mirrors: [], location: host, isBlocked: true });
  for (const table of registry) {
    const prefix = requirePlace(table.prefix || table.location, file);
    if (rules.has(prefix)) throw invalid(file, `${prefix} is there twice`);
    rules.set(prefix, ruleOfTable(table, prefix, file));
    insecureHosts.push(...insecureOf(table, prefix));
  }
  return { ...fromRules(rules), insecureHosts: [...new Set(insecureHosts)] };
}

function ruleOfTable(table: RegistryTable, prefix: string, file: string): Rule {
  const byDigest = table['mirror-by-digest-only'];
  const mirrors = table.mirror.map((mirror): Mirror => {
    const location = requirePlace(mirror.location, file);
    const only = byDigest ? 'digest' : onlyOf[mirror['pull-from-mirror']];
    return only === undefined ? { location } : { location, only };
  });
  // Behind a wildcard, hosts stay as they are unless another is named.
  const location = table.location === '' ? prefix : requirePlace(table.location, file);
  return { mirrors, location, isBlocked: table.blocked };
}

const onlyOf = { all: undefined, 'digest-only': 'digest', 'tag-only': 'tag' } as const;

/** A wildcard names no host that could be told to anybody. */
function insecureOf(table: RegistryTable, prefix: string): readonly string[] {
  const own = table.insecure ? [table.location || prefix] : [];
  const mirrors = table.mirror.filter(({ insecure }) => insecure).map(({ location }) => location);
  return [...own, ...mirrors].filter((place) => !place.startsWith('*.')).map((place) => place.split('/', 1)[0] ?? '');
}

function requirePlace(place: string, file: string): string {
  if (
    /^(?:\*\.)?[a-zA-Z0-9][a-zA-Z0-9.-]*(?::\d{1,5})?(?:\/[\w./@:-]+)?$|^\[[a-fA-F0-9:]+\](?::\d{1,5})?(?:\/[\w./-]+)?$/.test(
      place,
    )
  ) {
    return place;
  }
  throw invalid(file, 'a registry has neither a valid prefix nor a valid location');
}

function prefixesOf({ mirrors, relocations, blocked = [] }: RegistrySettings): ReadonlySet<string> {
  return new Set([...(mirrors?.keys() ?? []), ...(relocations?.keys() ?? []), ...blocked]);
}

function ruleOf({ mirrors, relocations, blocked = [] }: RegistrySettings, prefix: string): Rule {
  const location = relocations?.get(prefix) ?? prefix;
  return { mirrors: mirrors?.get(prefix) ?? [], location, isBlocked: blocked.includes(prefix) };
}

function fromRules(rules: ReadonlyMap<string, Rule>): RegistrySettings {
  const rows = [...rules];
  return {
    mirrors: new Map(rows.map(([prefix, { mirrors }]) => [prefix, mirrors])),
    relocations: new Map(
      rows
        .filter(([prefix, { location }]) => !prefix.startsWith('*.') || location !== prefix)
        .map(([prefix, { location }]) => [prefix, location]),
    ),
    blocked: rows.filter(([, { isBlocked }]) => isBlocked).map(([prefix]) => prefix),
  };
}

function invalid(file: string, reason: string): HoldfastError {
  return new HoldfastError('SETTINGS_INVALID', { file, reason });
}
