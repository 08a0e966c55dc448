/** What is true of every archive, of both kinds. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type BlobContent, HoldfastError } from '../../src/base/index.ts';
import { openDestination } from '../../src/destination/index.ts';
import { parseReference } from '../../src/oci/index.ts';
import { failsWith } from '../image/scratch.ts';
import { contentOf, deliver, documentOf, imageWith, layerWith, putBlobs, scratch } from './scratch.ts';

const image = imageWith();
const [layer] = image.layers;
assert.ok(layer);

const isRoot = process.getuid?.() === 0;

function collected() {
  const chunks: Buffer[] = [];
  return {
    write: async (bytes: Uint8Array): Promise<void> => {
      chunks.push(Buffer.from(bytes));
    },
    bytes: () => Buffer.concat(chunks),
  };
}

for (const transport of ['oci-archive', 'docker-archive']) {
  void describe(`${transport} that is written`, () => {
    void it('appears when it is finished, and takes the place of an old one', async (t) => {
      const directory = scratch(t);
      const path = join(directory, 'image.tar');
      fs.writeFileSync(path, 'old');
      const reference = `${transport}:${path}`;
      await using destination = await openDestination(parseReference(reference), { reference });
      await putBlobs(destination, image);
      assert.equal(fs.readFileSync(path, 'utf8'), 'old');
      await destination.finish(documentOf(image));
      assert.notEqual(fs.readFileSync(path, 'utf8'), 'old');
      assert.deepEqual(fs.readdirSync(directory), ['image.tar']);
    });

    void it('is the same from the same image, in a file and on stdout', async (t) => {
      const directory = scratch(t);
      const files = [];
      for (const name of ['a', 'b']) {
        const path = join(directory, name);
        await deliver(`${transport}:${path}:x:1`, image);
        files.push(fs.readFileSync(path));
      }
      const stdout = collected();
      await deliver(`${transport}:-:x:1`, image, { stdout });
      for (const bytes of files) assert.ok(bytes.equals(stdout.bytes()));
    });

    void it('has members that everybody may read, of nobody and no time, each once', async (t) => {
      const path = join(scratch(t), 'image.tar');
      await deliver(`${transport}:${path}`, image);
      const { stdout, status } = spawnSync('tar', ['--utc', '--numeric-owner', '-tvf', path], { encoding: 'utf8' });
      assert.equal(status, 0);
      const lines = stdout.trim().split('\n');
      for (const line of lines) assert.match(line, /^(?:drwxr-xr-x|-rw-r--r--) 0\/0 +\d+ 1970-01-01 00:00 \S+$/);
      const names = lines.map((line) => line.split(' ').at(-1));
      assert.equal(new Set(names).size, names.length);
    });

    void it('is left alone when it is given up', async (t) => {
      const directory = scratch(t);
      const reference = `${transport}:${join(directory, 'image.tar')}`;
      {
        await using destination = await openDestination(parseReference(reference));
        await putBlobs(destination, image);
        assert.equal(fs.readdirSync(directory).length, 1);
      }
      assert.deepEqual(fs.readdirSync(directory), []);
    });

    void it('is left alone when content is not what it should be', async (t) => {
      const directory = scratch(t);
      const { size } = layer;
      const longer = contentOf(Buffer.concat([layer.bytes, Buffer.from('x')]));
      const shorter = contentOf(layer.bytes.subarray(0, -1));
      const changed = Buffer.from(layer.bytes);
      changed[30] = (changed[30] ?? 0) ^ 1;
      const cases = [
        ['SIZE_MISMATCH', longer],
        ['SIZE_MISMATCH', { ...longer, size }],
        ['SIZE_MISMATCH', shorter],
        ['SIZE_MISMATCH', { ...shorter, size }],
        ['SIZE_MISMATCH', contentOf(Buffer.alloc(0))],
        ['DIGEST_MISMATCH', contentOf(changed)],
      ] as const;
      for (const [code, content] of cases) {
        const reference = `${transport}:${join(directory, 'image.tar')}`;
        await using destination = await openDestination(parseReference(reference));
        await failsWith(code, destination.putBlob(layer, content));
        await failsWith(code, destination.finish(documentOf(image)));
      }
      assert.deepEqual(fs.readdirSync(directory), []);
    });

    void it('is left alone when a source fails or is stopped', async (t) => {
      const directory = scratch(t);
      const controller = new AbortController();
      const reason = new HoldfastError('INTERRUPTED', { signal: 'SIGINT' });
      const stopping: BlobContent = {
        size: layer.size,
        open: async function* () {
          yield layer.bytes.subarray(0, 10);
          controller.abort(reason);
          yield layer.bytes.subarray(10);
        },
      };
      const reference = `${transport}:${join(directory, 'image.tar')}`;
      {
        await using destination = await openDestination(parseReference(reference));
        const stopped = destination.putBlob(layer, stopping, { signal: controller.signal });
        const waiting = destination.putBlob(layerWith('other'), contentOf(layerWith('other').bytes));
        await assert.rejects(stopped, reason);
        await assert.rejects(waiting, reason);
      }
      assert.deepEqual(fs.readdirSync(directory), []);
    });

    void it('may be a device or a FIFO', { skip: !isRoot && 'needs root' }, async (t) => {
      const directory = scratch(t);
      const [device, pipe] = [join(directory, 'null'), join(directory, 'pipe')];
      spawnSync('mknod', [device, 'c', '1', '3']);
      spawnSync('mkfifo', [pipe]);
      await deliver(`${transport}:${device}`, image);
      assert.ok(fs.statSync(device).isCharacterDevice());
      const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
      const chunks: Buffer[] = [];
      reader.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
      await deliver(`${transport}:${pipe}`, image);
      await once(reader, 'close');
      const stdout = collected();
      await deliver(`${transport}:-`, image, { stdout });
      assert.ok(Buffer.concat(chunks).equals(stdout.bytes()));
      assert.deepEqual(fs.readdirSync(directory).sort(), ['null', 'pipe']);
    });

    void it(
      'is not written where there is no room',
      { skip: !fs.existsSync('/dev/full') && 'no /dev/full' },
      async () => {
        await failsWith('HOST_REFUSED', deliver(`${transport}:/dev/full`, image), /ENOSPC/);
      },
    );

    void it('is refused in a directory that is not there, or is one', async (t) => {
      const directory = scratch(t);
      await failsWith('HOST_REFUSED', deliver(`${transport}:${directory}/absent/x.tar`, image), /ENOENT/);
      await failsWith('HOST_REFUSED', deliver(`${transport}:${directory}`, image), /EISDIR/);
    });

    void it('takes nothing more when it is finished', async (t) => {
      const reference = `${transport}:${join(scratch(t), 'image.tar')}`;
      await using destination = await openDestination(parseReference(reference));
      await putBlobs(destination, image);
      await destination.finish(documentOf(image));
      const other = layerWith('other');
      await failsWith('BUG', destination.putBlob(other, contentOf(other.bytes)));
    });

    void it('says how far it is', async (t) => {
      const reference = `${transport}:${join(scratch(t), 'image.tar')}`;
      await using destination = await openDestination(parseReference(reference));
      const told: number[] = [];
      const outcome = await destination.putBlob(layer, contentOf(layer.bytes, 400), {
        onProgress: (bytes) => told.push(bytes),
      });
      assert.equal(outcome, 'written');
      assert.equal(told[0], 400);
      assert.equal(told.at(-1), layer.size);
      assert.equal(await destination.putBlob(layer, contentOf(layer.bytes)), 'existed');
    });
  });
}
