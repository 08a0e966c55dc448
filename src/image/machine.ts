/** The platform whose images this machine runs. */
import fs from 'node:fs';
import os from 'node:os';
import { normalisePlatform, type Platform } from '../oci/index.ts';

/**
 * Linux on this processor, and the newest variant it runs: on macOS and Windows, too, containers are Linux.
 */
export function thisMachine(): Platform {
  known ??= normalisePlatform({ os: 'linux', ...processor() });
  return known;
}

let known: Platform | undefined;

function processor(): { architecture: string; variant?: string } {
  if (process.arch === 'x64') return { architecture: 'amd64', variant: `v${amd64Level(cpuFlags())}` };
  if (process.arch === 'arm')
    return { architecture: 'arm', variant: /^armv\d/.exec(os.machine())?.[0].slice(3) ?? 'v7' };
  return { architecture: process.arch };
}

/** The levels of the x86-64 psABI, by the flags that Linux shows; `abm` stands for lzcnt. */
const levels: readonly (readonly string[])[] = [
  ['cx16', 'lahf_lm', 'popcnt', 'sse4_1', 'sse4_2', 'ssse3'],
  ['abm', 'avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'movbe', 'xsave'],
  ['avx512bw', 'avx512cd', 'avx512dq', 'avx512f', 'avx512vl'],
];

/** 1 to 4. */
export function amd64Level(flags: ReadonlySet<string>): number {
  const missing = levels.findIndex((needed) => !needed.every((flag) => flags.has(flag)));
  return missing < 0 ? levels.length + 1 : missing + 1;
}

function cpuFlags(): ReadonlySet<string> {
  try {
    const line = /^flags\s*:\s*(.*)$/m.exec(fs.readFileSync('/proc/cpuinfo', 'latin1'))?.[1] ?? '';
    return new Set(line.split(' '));
  } catch {
    return new Set();
  }
}
