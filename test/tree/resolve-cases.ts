/**
 * What resolving file paths has to give: each statement of the proposal that asked for it, and of the rules that answer
 * its questions. Directories above what is listed are there, too.
 */
export interface ResolveCase {
  readonly title: string;
  /** Paths to texts of links, or undefined for what is no link: a name that ends in "/" is a directory. */
  readonly tree: Readonly<Record<string, string | undefined>>;
  readonly inputs: readonly string[];
  readonly ignored?: readonly string[];
  readonly expected: readonly string[];
}

const none = undefined;

const usrMerged = { bin: 'usr/bin', 'usr/bin/sh': 'dash', 'usr/bin/dash': none, lib: '/usr/lib', 'usr/lib/': none };

export const resolveCases: readonly ResolveCase[] = [
  { title: 'nothing for nothing', tree: { a: none }, inputs: [], expected: [] },
  {
    title: 'a path that meets no link comes back itself',
    tree: { 'a/b': none, 'c/': none },
    inputs: ['a/b', 'c', 'a'],
    expected: ['a', 'a/b', 'c'],
  },
  {
    title: 'the root comes back itself',
    tree: { a: none },
    inputs: ['', '/', 'a/..', '../..'],
    expected: [''],
  },
  {
    title: 'spelling does not matter, and what is named twice comes back once',
    tree: { 'a/b': none },
    inputs: ['/a/b', 'a//b/', './a/./b', 'a/../a/b', '../../a/b'],
    expected: ['a/b'],
  },
  {
    title: 'what does not exist comes back itself, as long as no link leads there',
    tree: { a: none, 'd/': none },
    inputs: ['gone', 'd/gone/too', 'a/below-a-file', 'gone/../d'],
    expected: ['a/below-a-file', 'd', 'd/gone/too', 'gone'],
  },
  {
    title: 'a link and what it leads to come back both',
    tree: { link: 'target', target: none },
    inputs: ['link'],
    expected: ['link', 'target'],
  },
  {
    title: 'a path below a link becomes the link and the real path; the directory itself is not dragged in',
    tree: usrMerged,
    inputs: ['bin/dash', 'lib/new/file'],
    expected: ['bin', 'lib', 'usr/bin/dash'],
  },
  {
    title: 'every link of a chain comes back, each under its own path without links',
    tree: { ...usrMerged, 'opt/shell': '/bin/sh', start: 'opt/shell' },
    inputs: ['start'],
    expected: ['bin', 'opt/shell', 'start', 'usr/bin/dash', 'usr/bin/sh'],
  },
  {
    title: 'links to directories behind links are found, however far up the path they stand',
    tree: { a: 'b', b: 'c/d', 'c/d/e': '/f/', f: 'g', 'g/h/i': none },
    inputs: ['a/e/h/i'],
    expected: ['a', 'b', 'c/d/e', 'f', 'g/h/i'],
  },
  {
    title: '".." behind a link leads up from where the link leads',
    tree: { 'a/link': '/b/c', 'b/c/': none, 'b/x': none, 'a/x': none },
    inputs: ['a/link/../x'],
    expected: ['a/link', 'b/x'],
  },
  {
    title: '".." does not lead back from what a link names and does not exist, nor from a file',
    tree: { link: 'gone/../x', other: 'x/../x', x: none },
    inputs: ['link', 'other'],
    expected: ['link', 'other'],
  },
  {
    title: 'links stay inside the root, absolute ones and those with too many ".."',
    tree: { abs: '/etc/passwd', up: '../../../../etc/passwd', 'etc/passwd': none },
    inputs: ['abs', 'up'],
    expected: ['abs', 'etc/passwd', 'up'],
  },
  {
    title: 'an ignored input gives nothing, exactly or as a prefix by component',
    tree: { 'var/run/lock': none, 'var/running': none, 'var/run.d': none },
    inputs: ['var/run', 'var/run/lock', 'var/running', 'var/run.d', '/var/./run/new'],
    ignored: ['/var/run'],
    expected: ['var/run.d', 'var/running'],
  },
  {
    title: 'an ignored input is not even resolved, so links behind it are not found',
    tree: { 'proc/self': '/a', a: none },
    inputs: ['proc/self'],
    ignored: ['proc'],
    expected: [],
  },
  {
    title: 'a link whose target is ignored stays, without the target',
    tree: { 'foo/link/bar': '/var/run', 'var/run/x': none },
    inputs: ['foo/link/bar', 'foo/link/bar/x'],
    ignored: ['/var/run'],
    expected: ['foo/link/bar'],
  },
  {
    title: 'a link to a link that is ignored stays without it, and what that leads to comes back',
    tree: { start: 'dev/fd', 'dev/fd': '/fds', 'fds/': none },
    inputs: ['start'],
    ignored: ['dev'],
    expected: ['fds', 'start'],
  },
  {
    title: '/dev/null behind a link does not drag an ignored /dev in',
    tree: { 'etc/systemd/unit': '/dev/null', 'dev/null': none },
    inputs: ['etc/systemd/unit'],
    ignored: ['/dev'],
    expected: ['etc/systemd/unit'],
  },
  {
    title: 'a path that only becomes an ignored one by its links is left out',
    tree: { 'a/up': '/', 'dev/null': none },
    inputs: ['a/up/dev/null', 'a/../dev/null'],
    ignored: ['dev'],
    expected: ['a/up'],
  },
  {
    title: 'globs are understood in what is ignored',
    tree: { 'a/x.log': none, 'a/b/y.log': none, 'a/y': 'b/y.log', 'tmp/k': none, 'tmp/keys': none },
    inputs: ['a/x.log', 'a/y', 'tmp/k', 'tmp/keys', 'tmp'],
    ignored: ['**/*.log', 'tmp/?'],
    expected: ['a/y', 'tmp', 'tmp/keys'],
  },
  {
    title: 'a dangling link comes back alone',
    tree: { c: 'd', 'e/f': '/nowhere/at/all', g: 'file/x', file: none },
    inputs: ['c', 'e/f', 'e/f/below', 'g'],
    expected: ['c', 'e/f', 'g'],
  },
  {
    title: 'links that lead to themselves or to each other come back, and nothing more',
    tree: { e: 'e', f: 'g', g: 'f', 'grow/': none, 'grow/x': 'x/x' },
    inputs: ['e', 'f', 'e/below', 'grow/x'],
    expected: ['e', 'f', 'g', 'grow/x'],
  },
  {
    title: 'a link to a file below which something is asked for leads nowhere',
    tree: { link: 'file', file: none },
    inputs: ['link/below'],
    expected: ['link'],
  },
  {
    title: 'a new link to something big names it as a candidate only; nothing is compared here',
    tree: { 'bin/x': '/big', big: none },
    inputs: ['bin/x'],
    expected: ['big', 'bin/x'],
  },
  {
    title: 'what is written to /var/run is found in /run',
    tree: { 'var/run': '/run', 'run/x/y': none },
    inputs: ['var/run/x/y', 'var/run/x'],
    expected: ['run/x', 'run/x/y', 'var/run'],
  },
  {
    title: 'a link through which a path leads comes back even if nothing is there in the end',
    tree: { 'var/run': '/run', 'run/': none },
    inputs: ['var/run/gone'],
    expected: ['var/run'],
  },
  {
    title: 'neither directories above nor whiteouts come back',
    tree: { 'a/b/c': '/d/e/f', 'd/e/f': none },
    inputs: ['a/b/c', 'd/gone'],
    expected: ['a/b/c', 'd/e/f', 'd/gone'],
  },
  {
    title: 'more links than the kernel follows lead nowhere',
    tree: Object.fromEntries([
      ...Array.from({ length: 45 }, (_, at) => [
        `l${String(at).padStart(2, '0')}`,
        `l${String(at + 1).padStart(2, '0')}`,
      ]),
      ['l45', none],
    ]) as Record<string, string | undefined>,
    inputs: ['l04', 'l05'],
    expected: Array.from({ length: 42 }, (_, at) => `l${String(at + 4).padStart(2, '0')}`),
  },
  {
    title: 'links and directories with names that look alike keep apart, in walk order',
    tree: { 'd/x': none, 'd-x': none, 'd.x': 'd' },
    inputs: ['d-x', 'd.x', 'd/x'],
    expected: ['d', 'd/x', 'd-x', 'd.x'],
  },
];
