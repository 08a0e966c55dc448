/** From a command line and the environment to one command with typed values. */
import { Command, CommanderError, Option } from 'commander';
import { HoldfastError, isHoldfastError } from '../base/index.ts';
import { type CommandSpec, commandTable } from './command-table.ts';
import { commandHelp, overviewHelp } from './help.ts';
import { environmentName, type OptionName, type OptionSpec, optionTable, type OptionValues } from './option-table.ts';
import { parseSwitch } from './parse-values.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type Invocation =
  | {
      readonly kind: 'run';
      readonly command: CommandSpec;
      readonly arguments: readonly string[];
      readonly values: OptionValues;
    }
  | { readonly kind: 'help'; readonly text: string; readonly wasAskedFor: boolean };

/** @throws USAGE */
export function parseCommandLine(argv: readonly string[], env: Environment): Invocation {
  const parser = new Parser(env);
  const line = commandFirst(argv);
  try {
    return parser.parse(line);
  } catch (error) {
    if (error instanceof CommanderError) return parser.settle(error, line);
    throw error;
  }
}

/** Options may stand before the command as well; the parser wants them behind it. */
function commandFirst(argv: readonly string[]): string[] {
  const options = Object.values(optionTable);
  let at = 0;
  while (at < argv.length) {
    const [flag = '', inline] = (argv[at] ?? '').split('=', 2);
    const option = options.find(({ short, long }) => flag === `--${long}` || (short && flag === `-${short}`));
    if (option === undefined) break;
    at += option.value !== undefined && inline === undefined ? 2 : 1;
  }
  const command = argv[at];
  if (at === 0 || command === undefined) return [...argv];
  return [command, ...argv.slice(0, at), ...argv.slice(at + 1)];
}

class Parser {
  readonly #env: Environment;
  readonly #program: Command;
  #printed = '';
  #invocation: Invocation | undefined;

  constructor(env: Environment) {
    this.#env = env;
    this.#program = this.#configured(new Command('holdfast'), overviewHelp);
    for (const spec of commandTable) this.#addCommand(spec);
  }

  parse(argv: readonly string[]): Invocation {
    this.#program.parse(argv, { from: 'user' });
    if (this.#invocation) return this.#invocation;
    throw new HoldfastError('BUG', { message: 'the command line led to no command' });
  }

  /** What a stop of the parser means: a help text was wanted, or the command line is wrong. */
  settle(error: CommanderError, argv: readonly string[]): Invocation {
    if (error.exitCode === 0 || error.code === 'commander.help') {
      return { kind: 'help', text: this.#printed, wasAskedFor: error.exitCode === 0 };
    }
    const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
    const hint = suggestion?.replace(/^\((.*)\)$/, '$1').replace(/^Did/, 'did');
    const command = commandTable.find(({ name }) => name === argv[0]);
    const help = `see "holdfast ${command ? `${command.name} ` : ''}--help"`;
    throw new HoldfastError('USAGE', { message: first, hint: hint === undefined ? help : `${hint}; ${help}` });
  }

  #configured(command: Command, help: () => string): Command {
    return command
      .exitOverride()
      .configureHelp({ formatHelp: help })
      .helpOption('-h, --help')
      .configureOutput({
        writeOut: (text) => {
          this.#printed += text;
        },
        writeErr: (text) => {
          this.#printed += text;
        },
      });
  }

  #addCommand(spec: CommandSpec): void {
    const command = this.#configured(this.#program.command(spec.name), () => commandHelp(spec));
    addArguments(command, spec);
    const options = spec.options.map((name) => [name, commanderOption(optionTable[name])] as const);
    for (const [, option] of options) command.addOption(option);
    command.action(() => {
      requireArguments(command, spec);
      const values = spec.options.map((name) => [name, this.#valueOf(command, name)] as const);
      this.#invocation = {
        kind: 'run',
        command: spec,
        arguments: command.args,
        values: { ...defaults, ...Object.fromEntries(values.filter(([, value]) => value !== undefined)) },
      };
    });
  }

  /** The command line beats the environment, which beats the default. */
  #valueOf(command: Command, name: OptionName): unknown {
    const spec = optionTable[name];
    const attribute = commanderOption(spec).attributeName();
    if (command.getOptionValueSource(attribute) === 'cli') return command.getOptionValue(attribute);
    const text = this.#env[environmentName(spec)];
    // Empty is as good as absent, as scripts and CI systems have it.
    if (text === undefined || text === '') return undefined;
    return naming(environmentName(spec), () => {
      if (spec.value === undefined) return parseSwitch(text);
      const { parse, repeatable } = spec.value;
      return repeatable ? text.split('\n').filter(Boolean).map(parse) : parse(text);
    });
  }
}

/** The parser wants a repeated argument to be the last one: it takes the rest for those behind it, too. */
function addArguments(command: Command, spec: CommandSpec): void {
  for (const { name, isOptional, isRepeated } of spec.arguments) {
    if (isRepeated) return void command.argument(isOptional ? `[${name}...]` : `<${name}...>`);
    command.argument(isOptional ? `[${name}]` : `<${name}>`);
  }
}

function requireArguments({ args }: Command, { name, arguments: specs }: CommandSpec): void {
  const missing = specs.filter(({ isOptional }) => !isOptional)[args.length];
  if (missing === undefined) return;
  const hint = `see "holdfast ${name} --help"`;
  throw new HoldfastError('USAGE', { message: `missing required argument '${missing.name}'`, hint });
}

/** A switch is true when it is there, `--no-record` too: what it means is in its name. */
function commanderOption(spec: OptionSpec): Option {
  const flags = `${spec.short === undefined ? '' : `-${spec.short}, `}--${spec.long}`;
  const option = new Option(spec.value === undefined ? flags : `${flags} <value>`);
  option.negate = false;
  const { value } = spec;
  if (value === undefined) return option;
  return option.argParser((text, previous: unknown) =>
    naming(`--${spec.long}`, () => {
      const parsed = value.parse(text);
      return value.repeatable ? [...(Array.isArray(previous) ? previous : []), parsed] : parsed;
    }),
  );
}

/** Says where a wrong value came from. */
function naming<Value>(source: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    if (!isHoldfastError(error, 'USAGE')) throw error;
    const { message, hint } = error.data;
    throw new HoldfastError('USAGE', { message: `${source}: ${message}`, ...(hint === undefined ? {} : { hint }) });
  }
}

const defaults = Object.fromEntries(
  Object.entries(optionTable).map(([name, { value }]) => [name, value === undefined ? false : value.fallback]),
) as unknown as OptionValues;
