/** Holdfast and other programs as processes that run beside the test. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshPath } from './scratch.ts';

const holdfast = [process.execPath, fileURLToPath(new URL('../cli/run-main.ts', import.meta.url))] as const;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home in which nobody has logged in, and a store of its own. */
export interface Workplace {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  /** Ends when the command has ended, whatever it says. */
  run(...argv: readonly string[]): Promise<Ended>;
  /** Runs what must succeed; gives what it printed, without the last newline. */
  done(...argv: readonly string[]): Promise<string>;
  /** Runs what must fail so; gives what it said on stderr. */
  fails(code: number, ...argv: readonly string[]): Promise<string>;
  /** The same with these variables. */
  with(env: Readonly<Record<string, string>>): Workplace;
  start(...argv: readonly string[]): ChildProcess;
}

export function workplace(): Workplace {
  const path = freshPath();
  fs.mkdirSync(path);
  return workplaceIn(path, { HOME: join(path, 'home'), HOLDFAST_STORE: join(path, 'store') });
}

function workplaceIn(path: string, own: Readonly<Record<string, string>>): Workplace {
  const env = { ...inherited(), ...own };
  const start: Workplace['start'] = (...argv) => spawn(holdfast[0], [holdfast[1], ...argv], { env });
  const run: Workplace['run'] = (...argv) => ended(start(...argv));
  return {
    path,
    env,
    start,
    run,
    with: (more) => workplaceIn(path, { ...own, ...more }),
    async done(...argv) {
      const { code, stdout, stderr } = await run(...argv);
      assert.equal(code, 0, `holdfast ${argv.join(' ')}\n${stderr}`);
      return stdout.trimEnd();
    },
    async fails(code, ...argv) {
      const result = await run(...argv);
      assert.equal(result.code, code, `holdfast ${argv.join(' ')}\n${result.stderr}`);
      assert.equal(result.stdout, '');
      return result.stderr;
    },
  };
}

function inherited(): Readonly<Record<string, string>> {
  const { PATH = '', XDG_CACHE_HOME = '', LANG = 'C.UTF-8' } = process.env;
  // What the installed command does for itself.
  return { PATH, XDG_CACHE_HOME, LANG, NODE_COMPILE_CACHE: join(XDG_CACHE_HOME, 'code') };
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const texts = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('latin1').on('data', (text: string) => (texts.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text));
  await once(child, 'close');
  return { code: child.exitCode, ...texts };
}

/** Runs another program, which must succeed; gives its output byte for byte, as latin1. */
export async function peer(env: Readonly<Record<string, string>>, program: string, ...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await ended(spawn(program, argv, { env }));
  assert.equal(code, 0, `${program} ${argv.join(' ')}\n${stderr}`);
  return stdout;
}

export function sha256Text(bytes: string): string {
  return `sha256:${createHash('sha256').update(bytes, 'latin1').digest('hex')}`;
}
