/** The `holdfast` command: from arguments to an exit code. */
import { exitCodes } from '../base/index.ts';
import { interruption } from './interruption.ts';
import { type CommandIo, processIo } from './io.ts';
import { Output, OutputClosed } from './output.ts';
import { packageVersion } from './package-version.ts';
import type { Invocation } from './parse-command-line.ts';
import { exactArguments } from './exact-arguments.ts';
import { codedError, errorText, exitCodeOf } from './report-error.ts';

/**
 * Runs one command line.
 * @param argv without the program and its script
 * @returns the exit code, which is also set on the process
 */
export async function main(argv = exactArguments(), io: CommandIo = processIo()): Promise<number> {
  // A reader of stderr that has gone is no reason to stop.
  io.stderr.on('error', () => {});
  const exitCode = await run(argv, io, new Output(io.stdout));
  io.setExitCode(exitCode);
  return exitCode;
}

/** What a program has that SIGPIPE stopped, as shells have it. */
const brokenPipe = 141;

async function run(argv: readonly string[], io: CommandIo, output: Output): Promise<number> {
  using stop = interruption(io);
  try {
    if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
      await output.write(`holdfast ${packageVersion()}\n`);
      return exitCodes.done;
    }
    const { parseCommandLine } = await import('./parse-command-line.ts');
    return await execute(parseCommandLine(argv, io.env), { io, output, signal: stop.signal });
  } catch (error) {
    if (error instanceof OutputClosed) return brokenPipe;
    const coded = codedError(stop.signal.aborted ? stop.signal.reason : error);
    io.stderr.write(errorText(coded, wantsDebug(argv, io)));
    return exitCodeOf(coded);
  }
}

interface Surroundings {
  readonly io: CommandIo;
  readonly output: Output;
  readonly signal: AbortSignal;
}

async function execute(invocation: Invocation, { io, output, signal }: Surroundings): Promise<number> {
  if (invocation.kind === 'help') {
    if (invocation.wasAskedFor) await output.write(invocation.text);
    else io.stderr.write(invocation.text);
    return invocation.wasAskedFor ? exitCodes.done : exitCodes.usage;
  }
  const { command, values } = invocation;
  const [{ run }, { createProgress }] = await Promise.all([command.load(), import('./progress.ts')]);
  const progress = createProgress(values, io);
  const say = (line: string): void => {
    progress.stop();
    if (!values.quiet) io.stderr.write(`${line}\n`);
  };
  if (output.isTerminal) output.beforeWriting(() => progress.stop());
  try {
    const outcome = await run({
      arguments: invocation.arguments,
      values,
      io,
      output,
      say,
      signal,
      onEvent: progress.onEvent,
    });
    if (outcome === 'stopped') return exitCodeOf(codedError(signal.reason));
    return outcome === 'findings' ? exitCodes.findings : exitCodes.done;
  } finally {
    progress.stop();
  }
}

/** Before the command line is understood, and whether it is or not. */
function wantsDebug(argv: readonly string[], io: CommandIo): boolean {
  return argv.includes('--debug') || /^(?:1|true|yes|on)$/i.test(io.env['HOLDFAST_DEBUG'] ?? '');
}
