import { once } from 'node:events';
import { escapeText } from '../../base/index.ts';
import { readTokenFile } from '../../host/index.ts';
import { type ProbeRequest, startProbe, writeTest, type WriteTestResult } from '../../probe/index.ts';
import type { CommandContext } from '../command-context.ts';
import type { CommandOutcome } from '../command-spec.ts';
import { count } from '../text.ts';

/** `holdfast probe`: until a signal ends it. */
export async function run(context: CommandContext): Promise<CommandOutcome> {
  const { values, output, say, signal, io } = context;
  if (values.printFind) return await printFind(context);
  const { root, tokenFile, crossMounts, hostXattrs, entriesPerSecond, bytesPerSecond } = values;
  const tested = values.writeTest === undefined ? undefined : writeTest(values.writeTest);
  await using probe = await startProbe({
    token: tokenFile === undefined ? io.env['HOLDFAST_PROBE_TOKEN'] : readTokenFile(tokenFile),
    address: values.probeAddr,
    root,
    crossMounts,
    hostXattrs,
    entriesPerSecond,
    bytesPerSecond,
    writeTest: tested,
    onRequest: (record) => {
      if (values.debug) io.stderr.write(`debug: ${requestLine(record)}\n`);
    },
  });
  for (const warning of probe.warnings) say(`warning: ${warning}`);
  const { url, host, port } = probe;
  if (values.format === 'json') await output.writeJson({ url, host, port, root, ...(tested && { writeTest: tested }) });
  else if (values.quiet) await output.writeLines([url]);
  else {
    const serving = `serving the tree of ${escapeText(root)} at ${url}; stop with Ctrl-C`;
    await output.writeLines([...(tested ? writeTestLines(tested) : []), serving]);
  }
  if (!signal.aborted) await once(signal, 'abort');
  return 'stopped';
}

/** Each line as it is to be typed, or all of them for a program. */
async function printFind({ values, output }: CommandContext): Promise<void> {
  // Loaded when it is needed: a probe knows nothing of other trees.
  const { findListingCommands } = await import('../../trees/index.ts');
  const commands = findListingCommands(values.root);
  if (values.format === 'json') return await output.writeJson(commands);
  if (values.quiet) return await output.writeLines([`${commands.listing}; ${commands.digests}`]);
  await output.writeLines([
    "# none has single quotes: docker exec web sh -c 'LINE' >tree.find; the file must not be in the tree itself",
    '# names, links and attributes, where there is GNU find:',
    commands.listing,
    '# digests of all files, to be added with >>tree.find:',
    commands.digests,
    '# both, where there is another find, such as that of BusyBox:',
    commands.reduced,
    '# then, where the image is: holdfast verify IMAGE find:tree.find',
  ]);
}

function writeTestLines({ directory, link, linkAfterWrite, xattrs, nanoseconds, errno }: WriteTestResult): string[] {
  const said = (kept: boolean | null): string => (kept === null ? 'not tried' : kept ? 'yes' : 'no');
  return [
    `what is written below ${escapeText(directory)}${errno === undefined ? '' : ` (${errno})`}:`,
    `  hard links can be made          ${said(link)}`,
    `  and are one file when written   ${said(linkAfterWrite)}`,
    `  user xattrs are kept            ${said(xattrs)}`,
    `  times are kept to nanoseconds   ${said(nanoseconds)}`,
  ];
}

function requestLine({ client, method, path, status, lines, milliseconds, error }: ProbeRequest): string {
  const what = `${client} ${escapeText(method)} ${escapeText(path)} ${status}`;
  return `${what} ${count(lines, 'line')} ${Math.round(milliseconds)} ms${error === undefined ? '' : ` ${error}`}`;
}
