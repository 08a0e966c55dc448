/** Help texts: examples first. */
import {
  type ArgumentSpec,
  type CommandGroup,
  commandGroups,
  type CommandSpec,
  type Example,
  overviewExamples,
} from './command-table.ts';
import { environmentName, optionFlags, optionTable, type OptionSpec } from './option-table.ts';

const width = 92;

/** What `holdfast --help` prints. */
export function overviewHelp(): string {
  return sections([
    'Container images whose file system you can trust.',
    examples(overviewExamples),
    heading('Usage', ['holdfast COMMAND [OPTION]… [ARGUMENT]…']),
    ...commandGroups.map(groupHelp),
    heading(
      'Options',
      columns([
        ['--version', 'Print the version.'],
        ['--help', 'Print this; after a command, its own help.'],
      ]),
    ),
    'Every option can also be set in the environment, by the name in the help of its command.',
  ]);
}

/** What `holdfast COMMAND --help` prints. */
export function commandHelp(command: CommandSpec): string {
  return sections([
    examples(command.examples),
    heading('Usage', [`holdfast ${usageOf(command, '[OPTION]…')}`]),
    wrap(command.description, width).join('\n'),
    ...(command.arguments.length === 0
      ? []
      : [heading('Arguments', columns(command.arguments.map(({ name, about }) => [name, about])))]),
    heading(
      'Options',
      columns([
        ...command.options.map((name) => [optionFlags(optionTable[name]), optionAbout(optionTable[name])] as const),
        ['--help', 'Print this.'],
      ]),
    ),
  ]);
}

/** A command with its arguments, such as `ls IMAGE [PATH]`, and the options it cannot do without, if options are shown. */
export function usageOf(command: CommandSpec, options?: string): string {
  const required = (command.required ?? []).map((name) => optionFlags(optionTable[name]).replace(/^-., /, ''));
  const shown = options === undefined ? [] : [...required, options];
  return [command.name, ...shown, ...command.arguments.map(argumentUsage)].join(' ');
}

function groupHelp({ title, commands }: CommandGroup): string {
  return heading(
    title,
    columns(
      commands.map((command) => [usageOf(command), command.summary] as const),
      24,
    ),
  );
}

/** What an option means, with its default and its variable. */
export function optionAbout(option: OptionSpec): string {
  const { value } = option;
  const facts = [
    ...(value?.repeatable ? ['may be repeated'] : []),
    ...(value?.shown === undefined ? [] : [`default: ${value.shown}`]),
    `env: ${environmentName(option)}`,
  ];
  return `${option.about} (${facts.join('; ')})`;
}

function argumentUsage({ name, isOptional, isRepeated }: ArgumentSpec): string {
  return `${isOptional ? `[${name}]` : name}${isRepeated ? '…' : ''}`;
}

function examples(list: readonly Example[]): string {
  return heading(
    'Examples',
    list.flatMap(({ about, command }) => [`# ${about}`, command]),
  );
}

function heading(title: string, lines: readonly string[]): string {
  return [`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n');
}

function sections(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}

/** Terms on the left, their wrapped meaning on the right; a long term gets a line of its own. */
function columns(rows: readonly (readonly [term: string, about: string])[], least = 0): string[] {
  const left = Math.min(28, Math.max(least, ...rows.map(([term]) => term.length + 2)));
  return rows.flatMap(([term, about]) => {
    const [first = '', ...rest] = wrap(about, width - left - 2);
    const indented = rest.map((line) => ' '.repeat(left) + line);
    if (term.length + 2 > left) return [term, ' '.repeat(left) + first, ...indented];
    return [term.padEnd(left) + first, ...indented];
  });
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
