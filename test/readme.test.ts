/** What the documents show is what there is: programs compile, commands are understood, the demo prints what is said. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { parseCommandLine } from '../src/cli/parse-command-line.ts';

const root = path.resolve(import.meta.dirname, '..');
const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...list('docs', '.md')];

void describe('the documents', () => {
  void it('have programs that compile, as the examples of docstrings do', () => {
    const programs = [...pages.flatMap((page) => blocksOf(page, 'ts')), ...list('src', '.ts').flatMap(examplesOf)];
    assert.ok(programs.length >= 8);
    assert.equal(compile(programs), '');
  });

  void it('have commands that the command line understands', () => {
    const commands = pages.flatMap((page) =>
      [...blocksOf(page, 'sh'), ...blocksOf(page, '')].flatMap((block) => block.split('\n').flatMap(commandsIn)),
    );
    assert.ok(commands.length >= 60);
    for (const argv of commands) {
      const { kind } = parseCommandLine(argv, {});
      assert.equal(kind, 'run', argv.join(' '));
    }
  });

  void it('lead to pages and headings that are there', () => {
    for (const page of pages) {
      for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const [file = '', heading] = target.split('#');
        const found = file === '' ? page : path.join(path.dirname(page), file);
        assert.ok(fs.existsSync(path.join(root, found)), `${page} leads to ${target}`);
        if (heading !== undefined) assert.ok(headingsOf(found).includes(heading), `${page} leads to ${target}`);
      }
    }
  });
});

void describe('the README', () => {
  void it('shows what the demo really prints', () => {
    const shown =
      /The demo prints:\n\n```\n([\s\S]*?)```/.exec(read('README.md'))?.[1] ?? assert.fail('no demo output');
    const demo = spawnSync(process.execPath, [path.join(root, 'src/demo/main.ts')], { encoding: 'utf8' });
    assert.equal(demo.status, 0, demo.stderr);
    const printed = new Set(demo.stdout.split('\n').map(withoutDigest));
    for (const line of shown.split('\n').map(withoutDigest)) {
      if (line.trim() !== '…') assert.ok(printed.has(line), `the demo does not print "${line}"`);
    }
  });
});

function read(file: string): string {
  return fs.readFileSync(path.join(root, file), 'utf8');
}

function list(directory: string, ending: string): string[] {
  const names = fs.readdirSync(path.join(root, directory), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith(ending)).map((name) => path.join(directory, name));
}

/** The fenced blocks of a page that are marked as this language. */
function blocksOf(page: string, language: string): string[] {
  const blocks = read(page).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
  return [...blocks].flatMap(([, marked, block = '']) => (marked === language ? [block] : []));
}

/** Examples that import what they use are whole programs. */
function examplesOf(file: string): string[] {
  const comments = read(file).matchAll(/ \* @example\n((?: \*(?! @|\/).*\n)*)/g);
  return [...comments]
    .map(([, lines = '']) => lines.replaceAll(/^ \* ?/gm, ''))
    .filter((example) => example.startsWith('import '));
}

/** All in one run of the compiler. @returns what it says */
function compile(programs: readonly string[]): string {
  // Inside the checkout, so that the compiler finds the types it needs.
  const directory = fs.mkdtempSync(path.join(root, 'node_modules/.readme-'));
  try {
    const files = programs.map((_, number) => `example-${number}.ts`);
    for (const [number, file] of files.entries()) {
      fs.writeFileSync(path.join(directory, file), programs[number] ?? '');
    }
    const paths = {
      holdfast: [path.join(root, 'src/index.ts')],
      'holdfast/probe': [path.join(root, 'src/probe/index.ts')],
      'holdfast/testing': [path.join(root, 'src/testing/index.ts')],
    };
    const compilerOptions = { noEmit: true, rootDir: root, noUnusedLocals: false, paths };
    const config = { extends: path.join(root, 'tsconfig.json'), compilerOptions, include: [], files };
    fs.writeFileSync(path.join(directory, 'tsconfig.json'), JSON.stringify(config));
    const compiler = spawnSync(path.join(root, 'node_modules/.bin/tsc'), ['-p', directory], { encoding: 'utf8' });
    return compiler.status === 0 ? compiler.stdout : `${compiler.stdout}\nstatus ${compiler.status}`;
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

/** The arguments of each holdfast in a line of a shell, behind a prompt, a pipe or variables. */
function commandsIn(line: string): string[][] {
  const code = line.replace(/ +#.*/, '');
  return code.split(/ \| | && /).flatMap((part) => {
    const [, rest] = /^\s*(?:\$ )?(?:\w+=\S+ )*(?:npx )?holdfast (.*?)(?: {3,}.*| &)?$/.exec(part) ?? [];
    if (rest === undefined || /^--(?:help|version)|COMMAND/.test(rest)) return [];
    return [wordsOf(rest)];
  });
}

/** Quotes of either kind hold the other. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}

/** As GitHub makes anchors of headings. */
function headingsOf(page: string): string[] {
  const headings = read(page).matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** The digest depends on who runs the demo: everything in the image belongs to them. */
function withoutDigest(line: string): string {
  return line.replace(/sha256:[0-9a-f]+/, 'sha256:');
}
