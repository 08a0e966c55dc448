/** Directories, builders and expectations that the tests of this folder share. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ErrorCode, isHoldfastError } from '../../src/base/index.ts';
import { type BuiltImage, file, imageOf, layerOf, type TaggedImages, writeLayout } from '../../src/testing/index.ts';

/** A directory that is removed after the test; checks that the test leaves no file open. */
export function scratch(test: TestContext): string {
  const directory = fs.mkdtempSync(join(tmpdir(), 'holdfast-image-'));
  const before = openFiles();
  test.after(() => {
    fs.rmSync(directory, { recursive: true, force: true });
    const left = openFiles().filter((target) => !before.includes(target));
    assert.deepEqual(left, [], 'files are left open');
  });
  return directory;
}

/** What this process has open under a temporary directory, deleted files included. */
function openFiles(): readonly string[] {
  return fs
    .readdirSync('/proc/self/fd')
    .flatMap((fd) => {
      try {
        return [fs.readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        return [];
      }
    })
    .filter((target) => target.includes('holdfast'))
    .sort();
}

/** A layout directory with these images; returns its path. */
export function layout(test: TestContext, images: TaggedImages): string {
  const directory = join(scratch(test), 'layout');
  writeLayout(directory, images);
  return directory;
}

/** A file with these bytes; returns its path. */
export function fileWith(test: TestContext, bytes: Uint8Array, name = 'archive.tar'): string {
  const path = join(scratch(test), name);
  fs.writeFileSync(path, bytes);
  return path;
}

/** An image of one layer with one file of this text. */
export function smallImage(text: string, platform = 'linux/amd64'): BuiltImage {
  return imageOf([layerOf([file('hello', text)])], { platform });
}

/** Expects one coded error; returns its message and hint as one text. */
export async function failsWith(code: ErrorCode, run: Promise<unknown>, text = /./): Promise<void> {
  await assert.rejects(run, (error) => {
    assert.ok(isHoldfastError(error), error instanceof Error ? error.stack : String(error));
    assert.equal(error.code, code, error.message);
    assert.match(`${error.message}\n${error.hint ?? ''}`, text);
    return true;
  });
}

/** The bytes of a blob on an open file. */
export function bytesAt({ fd, offset, size }: { fd: number; offset: number; size: number }): Buffer {
  const bytes = Buffer.alloc(size);
  assert.equal(fs.readSync(fd, bytes, 0, size, offset), size);
  return bytes;
}
