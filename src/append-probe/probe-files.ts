/** What is put into an image so that a probe can run in it. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { HoldfastError } from '../base/index.ts';
import { asRefused, koffiFiles } from '../host/index.ts';
import { normalisePlatform, type Platform } from '../oci/index.ts';

/** A regular file of the layer. */
export interface AddedFile {
  /** From the root, without a leading "/". */
  readonly path: string;
  readonly file: string;
  readonly isExecutable: boolean;
}

/** Everything that is added stands in here, and nothing else does. */
export const probeDirectory = '.holdfast';
export const probePath = `${probeDirectory}/probe.mjs`;
const nodePath = `${probeDirectory}/node`;
const libraries = `${probeDirectory}/lib`;

/** What `npm run build` bundles. */
const built = fileURLToPath(new URL('../../dist/probe/standalone.js', import.meta.url));

/**
 * The probe itself, and for images of this machine's processor what it needs to see xattrs.
 * @param program another build of it
 * @throws HOST_REFUSED when it was not built
 */
export function probeFiles(platform: Platform, program = built): readonly AddedFile[] {
  requireFile(program);
  const natives = isHere(platform) ? koffiFiles() : [];
  return [
    { path: probePath, file: program, isExecutable: true },
    ...natives.map(({ name, file }) => ({
      path: `${probeDirectory}/node_modules/${name}`,
      file,
      isExecutable: false,
    })),
  ];
}

export interface Runtime {
  readonly files: readonly AddedFile[];
  /** What runs a script, before the script's name. */
  readonly command: readonly string[];
}

/**
 * The Node that runs this, with the libraries and the loader that it uses: it needs nothing of the image.
 * @throws HOST_UNSUPPORTED for another platform than this machine's
 */
export function nodeRuntime(platform: Platform): Runtime {
  if (!isHere(platform)) {
    const what = `the Node of this machine (${process.platform}/${process.arch}) does not run on ${platform.os}/${platform.architecture}`;
    const hint = 'run this on such a machine, choose a --platform, or put a Node of version 20 or newer into the image';
    throw new HoldfastError('HOST_UNSUPPORTED', { what, hint });
  }
  const shared = sharedObjects();
  const loader = shared.find((file) => /^ld-(?:linux|musl)[^/]*$/.test(path.basename(file)));
  const node = { path: nodePath, file: process.execPath, isExecutable: true };
  if (loader === undefined) return { files: [node], command: [`/${nodePath}`] };
  const files = shared.map((file) => ({
    path: `${libraries}/${path.basename(file)}`,
    file: fs.realpathSync(file),
    isExecutable: file === loader,
  }));
  const command = [`/${libraries}/${path.basename(loader)}`, '--library-path', `/${libraries}`, `/${nodePath}`];
  return { files: [node, ...files], command };
}

/** What the system maps for a Node that has loaded nothing else. */
function sharedObjects(): string[] {
  const script = 'process.report.excludeNetwork = true; JSON.stringify(process.report.getReport().sharedObjects)';
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { status, stdout } = spawnSync(process.execPath, ['-p', script], { encoding: 'utf8', env });
  if (status !== 0)
    throw new HoldfastError('HOST_UNSUPPORTED', { what: 'the Node of this machine does not tell what it loads' });
  const names = (JSON.parse(stdout) as string[]).filter(
    (file) => path.isAbsolute(file) && /\.so(?:\.|$)/.test(path.basename(file)),
  );
  return [...new Set(names)].sort();
}

function isHere(platform: Platform): boolean {
  const here = normalisePlatform({
    os: process.platform,
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
  });
  return platform.os === here.os && platform.architecture === here.architecture;
}

function requireFile(file: string): void {
  try {
    fs.accessSync(file, fs.constants.R_OK);
  } catch (error) {
    throw asRefused('read', file, error);
  }
}
