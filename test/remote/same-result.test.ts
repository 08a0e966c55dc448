/** Where an image comes from makes no difference to what a command gives. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { assertSameTree, listingOfDirectory } from '../cases/index.ts';
import { holdInLayout, holdInRegistry, images, type NamedImage } from './images.ts';
import { type Remote, remote } from './scratch.ts';

/** The commands that read an image and print what they found. */
const looking: readonly (readonly string[])[] = [
  ['digest', '--format', 'json'],
  ['manifest'],
  ['config'],
  ['inspect', '--format', 'json'],
  ['ls', '-R', '-l'],
  ['ls', '-R', '--format', 'json'],
  ['links', '--format', 'json'],
  ['export'],
  ['validate', '--format', 'json'],
];

void describe('an image in a registry', () => {
  for (const image of images) {
    void it(`gives what the same image gives in a layout: ${image.title}`, async (t) => {
      const here = await remote(t);
      holdInRegistry(here.registry, 'team/app', 'v1', image.image);
      holdInLayout(join(here.directory, 'layout'), 'v1', image.image);
      const layout = `oci:${here.directory}/layout`;
      const registry = `docker://${here.registry.host}/team/app`;
      const { digest } = image.image.root;
      const named = [`${layout}:v1`, `${registry}:v1`] as const;
      for (const command of [...looking, ...cat(image)]) await assertSame(here, image, command, named);
      await assertSameUnpacked(here, image, named);
      await assertSame(here, image, ['digest', '--format', 'json'], [`${layout}@${digest}`, `${registry}@${digest}`]);
    });
  }
});

function cat({ path }: NamedImage): string[][] {
  return path === undefined ? [] : [['cat', path]];
}

type References = readonly [layout: string, registry: string];

/** From an empty store, and once more with what is there then. */
async function assertSame(
  here: Remote,
  { flags = [] }: NamedImage,
  [command = '', ...options]: readonly string[],
  [layout, registry]: References,
): Promise<void> {
  here.forget('store', 'cache');
  const run = async (reference: string) => {
    // A path comes behind the image.
    const behind = command === 'cat' ? options : [];
    const before = command === 'cat' ? [] : options;
    const { code, bytes, stderr } = await here.cli([
      command,
      '--progress',
      'none',
      ...flags,
      ...before,
      reference,
      ...behind,
    ]);
    const text = bytes.toString('latin1').replaceAll(reference, 'IMAGE');
    return { command, code, text, error: errorOf(stderr) };
  };
  const expected = await run(layout);
  here.forget('cache');
  assert.deepEqual(await run(registry), expected);
  assert.deepEqual(await run(registry), expected, 'with what the first run has left');
}

async function assertSameUnpacked(here: Remote, { flags = [] }: NamedImage, references: References): Promise<void> {
  here.forget('store', 'cache');
  const directory = join(here.directory, 'unpacked');
  const unpack = async (reference: string) => {
    const { code, stderr } = await here.cli([
      'unpack',
      '--progress',
      'none',
      '--allow-lossy',
      ...flags,
      reference,
      directory,
    ]);
    const listing = fs.existsSync(directory) ? listingOfDirectory(directory) : new Map();
    for (const name of ['unpacked', '.unpacked.holdfast']) {
      fs.rmSync(join(here.directory, name), { recursive: true, force: true });
    }
    return { code, error: errorOf(stderr), listing };
  };
  const [expected, actual] = [await unpack(references[0]), await unpack(references[1])];
  const again = await unpack(references[1]);
  for (const { code, error, listing } of [actual, again]) {
    assert.deepEqual({ code, error }, { code: expected.code, error: expected.error });
    assertSameTree(listing, expected.listing);
  }
  const left = fs.readdirSync(here.directory).filter((name) => name.includes('unpacked'));
  assert.deepEqual(left, []);
}

/** The error line; where a blob is looked for and what a document is called differs. */
function errorOf(stderr: string): string | undefined {
  return /^error: .*$/m
    .exec(stderr)?.[0]
    .replace(/it is not in .*the layout|the registry does not have it|\S+ does not have it/, 'MISSING');
}
