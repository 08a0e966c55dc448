import {
  commandGroups,
  type CommandSpec,
  commandTable,
  environmentName,
  type Example,
  optionFlags,
  type OptionName,
  optionTable,
  usageOf,
} from '../../src/cli/index.ts';
import { exitCodeTable } from './exit-codes.ts';
import { block, code, generatedNotice, page, table } from './markdown.ts';

/** docs/cli.md */
export function cliPage(): string {
  return page([
    '# The command line',
    generatedNotice,
    table(
      ['command', 'does'],
      commandGroups.flatMap(({ title, commands }) => [
        [`**${title}**`, ''],
        ...commands.map((command) => [`[${code(usageOf(command))}](#holdfast-${command.name})`, command.summary]),
      ]),
    ),
    '## References',
    table(
      ['form', 'names'],
      [
        [
          '`[docker://][HOST/]NAME[:TAG][@DIGEST]`',
          'a registry; without HOST Docker Hub, without TAG or DIGEST `latest`',
        ],
        ['`oci:DIR[:TAG]`, `oci:DIR@DIGEST`', 'an OCI image layout directory; without a tag it must hold one image'],
        ['`oci-archive:FILE[:TAG]`', 'the same in a tar archive, plain or compressed'],
        ['`docker-archive:FILE[:NAME:TAG]`', 'what `docker save` writes, old and new, plain or compressed'],
        ['`docker-daemon:NAME[:TAG]`', 'a Docker Engine; `DOCKER_HOST` says which'],
      ],
    ),
    'A TREE is any of these, or `rootfs:DIR`, `tar:FILE`, `layer:FILE`, `find:FILE`, `docker:CONTAINER`, `podman:CONTAINER`, the `http(s)://` address of a probe, or a path that begins with `/` or `.`: [trees.md](trees.md).',
    'FILE may be `-`, stdin or stdout. An index is resolved to one platform: `--platform`, or else this machine’s. Layers are numbered from 1, bottom first.',
    '## Output',
    'Results go to stdout; progress, notes and errors go to stderr. `--format json` prints one object, the same data that the library returns. In JSON, paths are relative to the root without a leading `/`, the root is `.`, and a byte that is not valid UTF-8 is a lone surrogate from `\\udc80` to `\\udcff`. Times are strings of seconds with up to nine decimals; whole numbers above 2^53 are strings. In text, control characters in names are escaped.',
    'Below, what each command prints is given in short: every key, with a question mark where it may be absent; a value that is not shown is a string, N a number, TIME seconds since 1970 as a string. NOTE is `{"code","message","layer"?:N,"path"?,"detail"?,"more"?:N}`, ENTRY `{"path","kind","mode","uid":N,"gid":N,"mtime":TIME,"size":N,"device"?,"linkTarget"?,"xattrs"?:{…},"links":N,"layer":N}`, where with `--layer` a name may lack what its archive does not give. Keys are added in later versions, never changed.',
    block(
      [
        'error: layer 3 (sha256:9f2c61ab04de…): hard link "usr/bin/git-log" points to "usr/bin/git", which no layer below provides [LINK_TARGET_MISSING]',
        'hint: the image was built with a broken layer writer; rebuild it, or remove the link in the source image',
      ],
      'text',
    ),
    'Every error is in [errors.md](errors.md).',
    '## Exit codes',
    exitCodeTable(),
    '## Environment',
    'Every option of a command can be set in the environment, too, by the name below; the command line is stronger. Where two commands mean different things by one option, the variable of one of them names the command, such as `HOLDFAST_VERIFY_ALL`. An empty one is as good as none. A switch takes `1`, `true`, `yes` or `on`; an option that may be repeated takes one value a line. `XDG_CACHE_HOME` says where indexes of layers are kept, `HOLDFAST_STORE` where the local store is, `TMPDIR` where temporary files are. `HOLDFAST_NATIVE=0` does without native calls. Credentials, certificates, proxies, mirrors and Docker engines are found where Docker and Podman find them: [registries.md](registries.md).',
    ...commandTable.flatMap(commandSection),
    '## All options',
    table(
      ['option', 'means', 'default', 'environment'],
      Object.values(optionTable).map((option) => [
        code(optionFlags(option)),
        option.about + (option.value?.repeatable ? ' May be repeated.' : ''),
        option.value?.shown ?? '',
        code(environmentName(option)),
      ]),
    ),
  ]);
}

function commandSection(command: CommandSpec): string[] {
  return [
    `## holdfast ${command.name}`,
    block(command.examples.flatMap(exampleLines)),
    command.description,
    code(`holdfast ${usageOf(command, '[OPTION]…')}`),
    command.arguments.map(({ name, about }) => `- ${code(name)}: ${about}`).join('\n'),
    `Options: ${command.options.map(optionName).join(', ')}`,
    ...(command.json === undefined ? [] : [`With \`--format json\`: ${jsonShape(command.json)}`]),
  ];
}

/** Objects as code, what stands around them as text. */
function jsonShape(shape: string): string {
  return shape.replace(/\{"[^;]*\}(?=;|,? once|$)/g, (object) => code(object));
}

function exampleLines({ about, command }: Example): string[] {
  return [`# ${about}`, command];
}

function optionName(name: OptionName): string {
  return code(optionFlags(optionTable[name]));
}
