/** A process that uses a store: `store-process.ts COMMAND DIRECTORY …`. */
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Digest, isHoldfastError } from '../../src/base/index.ts';
import { digestOf } from '../../src/codec/index.ts';
import { checkStore, collectGarbage, openLayoutStore } from '../../src/store/index.ts';

const [command = '', directory = '', ...words] = process.argv.slice(2);
const say = (text: string): void => void fs.writeSync(1, `${text}\n`);

if (command === 'look' && process.getuid?.() === 0) {
  process.setgid?.(65_534);
  process.setuid?.(65_534);
}
using store = openLayoutStore(directory, { create: true });
switch (command) {
  case 'create':
    say('made');
    break;
  case 'tag':
    await tag(words[0] ?? '', Number(words[1]));
    break;
  case 'read':
    await readUntilTold();
    break;
  case 'half':
    await writeHalf(words[0] as Digest, Buffer.from(words[1] ?? '', 'base64'));
    break;
  case 'whole':
    await writeWhole(words[0] as Digest, Buffer.from(words[1] ?? '', 'base64'));
    break;
  case 'pulls':
    await pull(words[0] ?? '', Number(words[1]));
    break;
  case 'look':
    await look(words[0] as Digest);
    break;
  case 'gc':
    await collectUntilTold();
    break;
  default:
    throw new TypeError(`unknown command ${command}`);
}

/** Puts a manifest for each tag, and tags it. */
async function tag(worker: string, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    const bytes = Buffer.from(JSON.stringify({ worker, at }));
    const blob = { digest: digestOf(bytes), size: bytes.length };
    await store.put(blob, bytes);
    await store.tag(`${worker}-${at}`, { mediaType: 'application/vnd.oci.image.manifest.v1+json', ...blob });
  }
}

/** Reads the index again and again; whatever is torn throws. */
async function readUntilTold(): Promise<void> {
  let most = 0;
  let reads = 0;
  for (const isTold = toldToEnd(); !isTold(); reads++) {
    const { length } = store.manifests();
    if (length < most) throw new Error(`there were ${most} entries, there are ${length}`);
    most = length;
    await delay(20);
  }
  say(`reads ${reads > 0 ? 'many' : 'none'}`);
}

async function writeHalf(digest: Digest, bytes: Buffer): Promise<void> {
  using ingest = await store.ingest({ digest, size: bytes.length });
  ingest?.write(bytes.subarray(0, bytes.length / 2));
  say('half');
  process.stdin.resume();
  await new Promise(() => {});
}

async function writeWhole(digest: Digest, bytes: Buffer): Promise<void> {
  say('begins');
  using ingest = await store.ingest({ digest, size: bytes.length });
  if (ingest === undefined) return say('there');
  say(`resumes at ${ingest.received}`);
  ingest.write(bytes.subarray(ingest.received));
  await ingest.commit();
  say('committed');
}

/** As a pull does: layers first, many of them shared with others, then the manifest, then the tag; then it is untagged. */
async function pull(worker: string, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    using own = openLayoutStore(directory, { create: true });
    const layers = [`shared ${at % 3}`, `own ${worker} ${at}`].map((text) => Buffer.from(text));
    for (const layer of layers) await own.put({ digest: digestOf(layer), size: layer.length }, layer);
    const config = Buffer.from('{}');
    await own.put({ digest: digestOf(config), size: config.length }, config);
    const manifest = Buffer.from(JSON.stringify(manifestOf(config, layers)));
    const blob = { digest: digestOf(manifest), size: manifest.length };
    await own.put(blob, manifest);
    await own.tag(worker, { mediaType: 'application/vnd.oci.image.manifest.v1+json', ...blob });
    const { problems } = await checkStore(own);
    const errors = problems.filter(({ severity, image }) => severity === 'error' && image === worker);
    if (errors.length > 0) throw new Error(JSON.stringify(errors));
  }
}

function manifestOf(config: Buffer, layers: readonly Buffer[]): object {
  const part = (mediaType: string, bytes: Buffer): object => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: part('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map((layer) => part('application/vnd.oci.image.layer.v1.tar', layer)),
  };
}

/** Without the right to write. */
async function look(digest: Digest): Promise<void> {
  using found = store.open(digest);
  say(`${found?.size} bytes`);
  const bytes = Buffer.from('new');
  await store.put({ digest: digestOf(bytes), size: bytes.length }, bytes).catch((error: unknown) => {
    say(isHoldfastError(error) ? error.code : String(error));
  });
}

async function collectUntilTold(): Promise<void> {
  let removed = 0;
  for (const isTold = toldToEnd(); !isTold(); await delay(1)) removed += (await collectGarbage(store)).blobs.length;
  say(`removed ${removed > 0 ? 'some' : 'none'}`);
}

/** Until its standard input ends. */
function toldToEnd(): () => boolean {
  let isTold = false;
  process.stdin.on('end', () => (isTold = true)).resume();
  return () => isTold;
}
