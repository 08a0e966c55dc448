/** The calls of the Engine API that move images. */
import * as v from 'valibot';
import { type Digest, HoldfastError, isHoldfastError, parseDigest } from '../base/index.ts';
import { familiarImageName, type ImageName, parseJson } from '../oci/index.ts';
import { reasonOf } from './connection-error.ts';
import { type ContainerDescription, parseContainerDescription } from './container-description.ts';
import type { Connection, DaemonRequest, DaemonResponse } from './connection.ts';
import type { Daemon, DaemonOptions, DaemonVersion } from './daemon.ts';
import { findLoadError } from './load-answer.ts';

const mostAnswer = 4 * 1024 * 1024;
const mostReason = 1000;

const versionAnswer = v.object({ Version: v.string(), ApiVersion: v.string(), Os: v.string(), Arch: v.string() });
const imageAnswer = v.object({ Id: v.string() });
const errorAnswer = v.object({ message: v.string() });

/** What is being done, for errors: "load the image x:1". */
interface Operation extends DaemonRequest {
  readonly does: string;
  /** What a 404 says is not there. */
  readonly image?: ImageName;
  readonly container?: string;
}

export class DaemonApi implements Daemon {
  readonly address: string;
  readonly #connection: Connection;

  constructor(address: string, connection: Connection) {
    this.address = address;
    this.#connection = connection;
  }

  async version({ signal }: DaemonOptions = {}): Promise<DaemonVersion> {
    const operation: Operation = { method: 'GET', path: '/version', does: 'tell its version', signal };
    const { Version, ApiVersion, Os, Arch } = await this.#askFor(versionAnswer, operation);
    return { version: Version, apiVersion: ApiVersion, os: Os, architecture: Arch };
  }

  async imageId(name: ImageName, { signal }: DaemonOptions = {}): Promise<Digest> {
    const familiar = familiarImageName(name);
    const path = `/images/${encodeURI(familiar)}/json`;
    const operation: Operation = { method: 'GET', path, does: `look up ${familiar}`, image: name, signal };
    const { Id } = await this.#askFor(imageAnswer, operation);
    // Podman leaves the algorithm out.
    return this.#parseAnswer(operation, () => parseDigest(Id.includes(':') ? Id : `sha256:${Id}`));
  }

  async *saveImage(name: ImageName, { signal }: DaemonOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const familiar = familiarImageName(name);
    const path = `/images/get?names=${encodeURIComponent(familiar)}`;
    const operation: Operation = { method: 'GET', path, does: `save ${familiar}`, image: name, signal };
    const response = await this.#request(operation).catch(async (error: unknown) => {
      throw isHoldfastError(error, 'DAEMON_REFUSED') ? await this.#whyNotSaved(name, error) : error;
    });
    yield* this.#bodyOf(response, operation);
  }

  async inspectContainer(container: string, { signal }: DaemonOptions = {}): Promise<ContainerDescription> {
    const path = `/containers/${encodeURIComponent(container)}/json`;
    const operation: Operation = { method: 'GET', path, does: `inspect ${container}`, container, signal };
    const bytes = await this.#smallBody(await this.#request(operation), operation);
    return this.#parseAnswer(operation, () => parseContainerDescription(parseJson(bytes, 'the answer')));
  }

  async *exportContainer(
    container: string,
    { signal }: DaemonOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const path = `/containers/${encodeURIComponent(container)}/export`;
    const operation: Operation = { method: 'GET', path, does: `export ${container}`, container, signal };
    yield* this.#bodyOf(await this.#request(operation), operation);
  }

  async loadImage(chunks: AsyncIterable<Uint8Array>, { signal }: DaemonOptions = {}): Promise<void> {
    const operation: Operation = { method: 'POST', path: '/images/load?quiet=1', does: 'load the image', signal };
    const failure: { error?: unknown } = {};
    try {
      const response = await this.#request({ ...operation, body: copied(chunks, failure) });
      const problem = await findLoadError(this.#bodyOf(response, operation));
      if (problem !== undefined) throw this.#refused(operation, problem);
    } catch (error) {
      // The daemon then only tells that the archive ended too early.
      throw failure.error ?? error;
    }
    if (failure.error !== undefined) throw failure.error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }

  /** Podman answers 500, not 404, for an image that is not there. */
  async #whyNotSaved(name: ImageName, refusal: HoldfastError): Promise<unknown> {
    try {
      await this.imageId(name);
      return refusal;
    } catch (error) {
      return isHoldfastError(error, 'IMAGE_NOT_FOUND') ? error : refusal;
    }
  }

  /** A response that says success. */
  async #request(operation: Operation): Promise<DaemonResponse> {
    const response = await this.#connection.request(operation);
    if (response.statusCode === 200) return response;
    const reason = (await this.#errorIn(response, operation)) ?? `it answered ${response.statusCode}`;
    throw (response.statusCode === 404 ? this.#notFound(operation) : undefined) ?? this.#refused(operation, reason);
  }

  #notFound({ image, container }: Operation): HoldfastError | undefined {
    const reason = `the Docker daemon at ${this.address} has no such ${image ? 'image' : 'container'}`;
    if (image) {
      return new HoldfastError('IMAGE_NOT_FOUND', { reference: `docker-daemon:${familiarImageName(image)}`, reason });
    }
    if (container === undefined) return undefined;
    const hint = `docker ps -a lists them; images are docker://${container} and docker-daemon:${container}`;
    return new HoldfastError('IMAGE_NOT_FOUND', { reference: `docker:${container}`, reason, hint });
  }

  async #askFor<Answer>(schema: v.GenericSchema<unknown, Answer>, operation: Operation): Promise<Answer> {
    const response = await this.#request(operation);
    const bytes = await this.#smallBody(response, operation);
    return this.#parseAnswer(operation, () => v.parse(schema, parseJson(bytes, 'the answer')));
  }

  #parseAnswer<Answer>(operation: Operation, parse: () => Answer): Answer {
    try {
      return parse();
    } catch (error) {
      throw this.#refused(operation, 'what answers there is no Docker daemon', error);
    }
  }

  async #errorIn(response: DaemonResponse, operation: Operation): Promise<string | undefined> {
    const bytes = await this.#smallBody(response, operation);
    try {
      return v.parse(errorAnswer, parseJson(bytes, 'the answer')).message;
    } catch {
      return undefined;
    }
  }

  async #smallBody(response: DaemonResponse, operation: Operation): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this.#bodyOf(response, operation)) {
      size += chunk.length;
      if (size > mostAnswer) throw this.#refused(operation, 'its answer is too long');
      chunks.push(Buffer.from(chunk));
    }
    return Buffer.concat(chunks);
  }

  /** Ends the connection when it is not read to its end. */
  async *#bodyOf({ body }: DaemonResponse, operation: Operation): AsyncGenerator<Uint8Array, void, undefined> {
    // A body that nobody listens to any more may still fail.
    body.on('error', () => undefined);
    try {
      for await (const chunk of body) yield chunk as Uint8Array;
    } catch (error) {
      operation.signal?.throwIfAborted();
      if (isHoldfastError(error)) throw error;
      throw this.#refused(operation, `the connection broke off: ${reasonOf(error)}`, error);
    }
  }

  #refused({ does }: Operation, reason: string, cause?: unknown): HoldfastError {
    const text = reason.trim().slice(0, mostReason);
    return new HoldfastError('DAEMON_REFUSED', { address: this.address, operation: does, reason: text }, { cause });
  }
}

/** Copies of the chunks. What they throw is kept, for the connection makes something else of it. */
async function* copied(chunks: AsyncIterable<Uint8Array>, failure: { error?: unknown }): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of chunks) if (chunk.length > 0) yield Buffer.from(chunk);
  } catch (error) {
    failure.error = error;
    throw error;
  }
}
