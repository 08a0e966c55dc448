/** Files and directories that are to be layers. */
import fs from 'node:fs';
import path from 'node:path';
import { defaultLimits, type DiffId, fromJsonText, HoldfastError, toBytes } from '../base/index.ts';
import { decompress } from '../codec/index.ts';
import { asUnread, host } from '../host/index.ts';
import { loadIndex, readLayers } from '../layer/index.ts';
import type { EditOptions } from './edit.ts';
import { type LayerState, newLayer, withMediaType } from './image-state.ts';
import { directoryLayer } from './directory-layer.ts';
import { type Family, inFamily, layerMediaType } from './layer-types.ts';
import { chunksOf, measureTar, type TarFile } from './tar-file.ts';
import {
  type Bench,
  compressedBlob,
  type LayerWriting,
  noteZstd,
  temporaryFile,
  writtenLayer,
} from './written-layer.ts';

export interface AddOptions
  extends LayerWriting, Pick<EditOptions, 'signal' | 'onEvent' | 'limits' | 'jobs' | 'stdin'> {}

/** A layer with what the history calls it. */
export interface AddedLayer {
  readonly name: string;
  readonly layer: LayerState;
  /** Of a tar whoever made it decides how its image keeps files; of a directory we do. */
  readonly isDirectory: boolean;
}

const { O_RDONLY, O_NONBLOCK } = fs.constants;

/** Makes each of them a layer once, for however many images. */
export class LayerAdder {
  readonly #bench: Bench;
  readonly #options: AddOptions;

  constructor(bench: Bench, options: AddOptions) {
    this.#bench = bench;
    this.#options = options;
  }

  /**
   * Tars are kept as they are, once they are found to be layers, unless a compression is asked for; directories are written.
   * @param paths `-` is the standard input.
   * @throws HOST_REFUSED, ARCHIVE_INVALID, the codes of `scanLayer` and of scans
   */
  async add(paths: readonly string[]): Promise<readonly AddedLayer[]> {
    const added: AddedLayer[] = [];
    for (const [at, name] of paths.entries()) {
      added.push({
        name: name === '-' ? name : path.basename(path.resolve(name)),
        ...(await this.#one(name, at + 1)),
      });
    }
    return added;
  }

  async #one(name: string, number: number): Promise<Omit<AddedLayer, 'name'>> {
    const stream = name === '-' ? (this.#options.stdin ?? process.stdin) : undefined;
    if (stream) return await this.#tar(await this.#spooled(stream), name, number);
    const fd = openFile(name);
    this.#bench.closing.defer(() => host.close(fd));
    const facts = fs.fstatSync(fd);
    if (facts.isDirectory()) return await this.#directory(name);
    if (facts.isFile()) return await this.#tar(fd, name, number);
    return await this.#tar(await this.#spooled(fs.createReadStream(toBytes(fromJsonText(name)))), name, number);
  }

  async #tar(fd: number, name: string, number: number): Promise<Omit<AddedLayer, 'name'>> {
    const { signal } = this.#options;
    const tar = await measureTar(fd, { name, signal });
    const diffId = await this.#verify(tar, number);
    return { layer: await this.#compressed(tar, diffId, name), isDirectory: false };
  }

  /** Reads it as it would be read by whoever has the image, unless that was done with these very bytes before. */
  async #verify({ fd, digest, size, compression }: TarFile, number: number): Promise<DiffId> {
    const { limits = defaultLimits, signal, onEvent, jobs } = this.#options;
    const source = { number, digest, size, diffId: undefined, mediaType: layerMediaType('oci', compression) };
    const options = { limits, ...(signal && { signal }), ...(onEvent && { onEvent }), jobs };
    const open = async () => ({ file: fd, offset: 0 });
    const read = async () => (await readLayers([{ ...source, open }], () => ({ kind: 'none' }), options))[0]?.index;
    const index = loadIndex(digest, limits) ?? (await read());
    if (index === undefined) throw new HoldfastError('BUG', { message: 'a layer was read and has no index' });
    for (const note of index.notes) this.#bench.note(note);
    return index.diffId;
  }

  async #compressed(tar: TarFile, diffId: DiffId, name: string): Promise<LayerState> {
    const { compression = tar.compression, compressionLevel: level, signal } = this.#options;
    const mediaType = layerMediaType('oci', compression);
    if (compression === tar.compression && level === undefined) {
      const { digest, size } = tar;
      this.#bench.blobs.addFile(tar);
      return newLayer({ digest, size, mediaType, diffId, origin: 'added' });
    }
    const plain = decompress(chunksOf(tar.fd, { name, signal }), tar.compression);
    const blob = await compressedBlob(plain, compression, { bench: this.#bench, options: this.#options });
    return newLayer({ ...blob, mediaType, diffId, origin: 'written' });
  }

  async #directory(name: string): Promise<Omit<AddedLayer, 'name'>> {
    const { signal, limits, jobs } = this.#options;
    const scanning = { ...(signal && { signal }), ...(limits && { limits }), ...(jobs === undefined ? {} : { jobs }) };
    using directory = await directoryLayer(name, scanning);
    for (const socket of directory.sockets) this.#bench.note({ code: 'SOCKET_LEFT_OUT', detail: socket });
    const writing = { bench: this.#bench, options: this.#options };
    return { layer: await writtenLayer(directory.plan, directory.open, 'oci', writing), isDirectory: true };
  }

  async #spooled(chunks: AsyncIterable<Uint8Array>): Promise<number> {
    const { limits = defaultLimits, signal } = this.#options;
    const file = temporaryFile(this.#bench);
    let size = 0;
    const bounded = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        signal?.throwIfAborted();
        size += chunk.length;
        if (size > limits.maxSizeBytes) {
          const value = String(limits.maxSizeBytes);
          throw new HoldfastError('LIMIT_EXCEEDED', { limit: 'bytes in a layer', flag: '--max-size', value });
        }
        yield chunk;
      }
    };
    await file.take(bounded());
    return file.fd;
  }
}

/** The layer as an image of this family has it. */
export function asLayerOf(family: Family, layer: LayerState, bench: Bench): LayerState {
  if (layer.mediaType.endsWith('zstd')) noteZstd(family, bench);
  return withMediaType(layer, inFamily(layer.mediaType, family));
}

/** A FIFO is opened without waiting for whoever writes to it; that is waited for when it is read. */
function openFile(name: string): number {
  try {
    return fs.openSync(toBytes(fromJsonText(name)), O_RDONLY | O_NONBLOCK);
  } catch (error) {
    throw asUnread(name, error);
  }
}
