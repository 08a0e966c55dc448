/** Platforms: operating system, architecture and variant, in one canonical spelling. */
import type * as v from 'valibot';
import { HoldfastError, quoteText } from '../base/index.ts';
import { optional, record, text } from './shape.ts';

/** A platform as a document spells it. */
export interface DocumentPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
  readonly 'os.version'?: string | undefined;
}

/** A platform in canonical spelling; made by {@link normalisePlatform} and {@link parsePlatform} only. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  /** Absent for the baseline of amd64 (v1) and arm64 (v8), and where an architecture has no variants; always there for arm. */
  readonly variant?: string;
}

export const documentPlatform: v.GenericSchema<unknown, DocumentPlatform> = record({
  os: text,
  architecture: text,
  variant: optional(text),
  'os.version': optional(text),
});

/**
 * Reads `os/arch[/variant]` as typed after `--platform`.
 *
 * @throws USAGE
 */
export function parsePlatform(platform: string): Platform {
  const parts = platform.trim().split('/');
  const [os = '', architecture = '', variant] = parts;
  if (parts.length < 2 || parts.length > 3 || !parts.every((part) => /^[\w.-]{1,64}$/.test(part))) {
    const message = `${quoteText(platform)} is not a platform`;
    throw new HoldfastError('USAGE', { message, hint: 'platforms look like linux/amd64 or linux/arm/v7' });
  }
  return normalisePlatform({ os, architecture, variant });
}

/** One spelling for what means the same: lower case, uname's names, the variant that an architecture begins with. */
export function normalisePlatform(platform: DocumentPlatform): Platform {
  const os = platform.os.toLowerCase();
  const [architecture, implied] = canonicalArchitecture(platform.architecture.toLowerCase());
  const variant = canonicalVariant(architecture, platform.variant?.toLowerCase() || implied);
  return { os: os === 'macos' ? 'darwin' : os, architecture, ...(variant === '' ? {} : { variant }) };
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** How well a machine runs images of a platform: undefined when it does not, else higher for newer variants. */
export function suitability(image: Platform, machine: Platform): number | undefined {
  if (image.os === 'unknown' || image.architecture === 'unknown') return undefined;
  if (image.os !== machine.os || image.architecture !== machine.architecture) return undefined;
  const [level, highest] = [variantLevel(image), variantLevel(machine)];
  if (level !== undefined && highest !== undefined) return level <= highest ? level : undefined;
  if (image.variant === machine.variant) return 1;
  return image.variant === undefined ? 0 : undefined;
}

const aliases: ReadonlyMap<string, readonly [architecture: string, variant: string]> = new Map([
  ['x86_64', ['amd64', '']],
  ['x86-64', ['amd64', '']],
  ['x64', ['amd64', '']],
  ['aarch64', ['arm64', '']],
  ['armhf', ['arm', 'v7']],
  ['armv7l', ['arm', 'v7']],
  ['armel', ['arm', 'v6']],
  ['armv6l', ['arm', 'v6']],
  ['i386', ['386', '']],
  ['i486', ['386', '']],
  ['i586', ['386', '']],
  ['i686', ['386', '']],
  ['ia32', ['386', '']],
  ['ppc64el', ['ppc64le', '']],
]);

function canonicalArchitecture(name: string): readonly [architecture: string, variant: string] {
  return aliases.get(name) ?? [name, ''];
}

function canonicalVariant(architecture: string, variant: string): string {
  const numbered = /^\d+(?:\.\d+)?$/.test(variant) ? `v${variant}` : variant;
  if (architecture === 'amd64') return numbered === 'v1' ? '' : numbered;
  if (architecture === 'arm64') return /^v8(?:\.0)?$/.test(numbered) ? '' : numbered;
  if (architecture === 'arm') return numbered === '' ? 'v7' : numbered;
  return variant;
}

/** Variants of these architectures each run everything that lower ones run. A variant without a number has no level. */
function variantLevel({ architecture, variant }: Platform): number | undefined {
  const baseline = { amd64: 1, arm64: 8, arm: 7 }[architecture];
  if (variant === undefined) return baseline ?? 0;
  const number = /^v(\d+(?:\.\d+)?)$/.exec(variant)?.[1];
  return baseline === undefined || number === undefined ? undefined : Number(number);
}
