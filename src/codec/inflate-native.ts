/** gzip through the system's ISA-L: the same rules as with zlib, at about twice the speed. */
import { HoldfastError } from '../base/index.ts';
import type { InflateStep, NativeInflater } from '../host/index.ts';

/**
 * Inflates every member; the next chunk is made on libuv's pool while the consumer works on this one. A chunk is valid
 * until the next but one is asked for.
 * @throws CODEC_CORRUPT
 */
export async function* inflateNative(
  chunks: AsyncGenerator<Uint8Array>,
  createInflater: () => NativeInflater,
): AsyncGenerator<Uint8Array, void, undefined> {
  using inflater = createInflater();
  const members = new MemberReader(inflater, chunks);
  let output: 0 | 1 = 0;
  let pending = members.read(output);
  try {
    for (let size = await pending; size !== undefined; size = await pending) {
      const filled = inflater.outputs[output].subarray(0, size);
      output = output === 0 ? 1 : 0;
      pending = members.read(output);
      // The consumer may take its time; a failure of the read ahead is thrown when its turn comes.
      pending.catch(() => undefined);
      if (filled.length > 0) yield filled;
    }
  } finally {
    await pending.catch(() => undefined);
    await chunks.return(undefined);
  }
}

class MemberReader {
  readonly #inflater: NativeInflater;
  readonly #chunks: AsyncGenerator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  /** Bytes of the decoder's input that it has not taken, and where they begin. */
  #left = 0;
  #inputEnd = 0;
  #state: 'between' | 'inside' | 'padding' = 'between';

  constructor(inflater: NativeInflater, chunks: AsyncGenerator<Uint8Array>) {
    this.#inflater = inflater;
    this.#chunks = chunks;
  }

  /** Fills one output; undefined at the end of the stream. */
  async read(output: 0 | 1): Promise<number | undefined> {
    for (;;) {
      if (this.#left === 0 && this.#state !== 'inside' && !(await this.#refill())) return undefined;
      if (this.#state === 'between') this.#beginMember();
      if (this.#state === 'padding') {
        this.#checkPadding();
        continue;
      }
      const size = await this.#inflate(output);
      if (size > 0) return size;
      if (this.#left === 0 && this.#isInside() && !(await this.#refill())) throw corrupt('it ends too early');
    }
  }

  /** Asked through a method, because the state changes across awaits. */
  #isInside(): boolean {
    return this.#state === 'inside';
  }

  async #inflate(output: 0 | 1): Promise<number> {
    const step: InflateStep | number = await this.#inflater.step(output);
    if (typeof step === 'number') throw corrupt(reasons.get(step) ?? `ISA-L error ${step}`);
    this.#left = step.left;
    if (step.isMemberEnd) {
      this.#state = 'between';
      this.#inflater.nextMember();
    }
    return step.produced;
  }

  /** Only zeros may stand where another member could begin: files on tapes and block devices are padded with them. */
  #beginMember(): void {
    const first = this.#inflater.input[this.#inputEnd - this.#left];
    if (first === 0) this.#state = 'padding';
    else if (first === 0x1f) this.#state = 'inside';
    else throw corrupt('something that does not belong to it follows');
  }

  #checkPadding(): void {
    const rest = this.#inflater.input.subarray(this.#inputEnd - this.#left, this.#inputEnd);
    if (!rest.every((byte) => byte === 0)) throw corrupt('something that does not belong to it follows');
    this.#left = 0;
  }

  async #refill(): Promise<boolean> {
    if (this.#chunk.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      this.#chunk = next.value;
    }
    const part = this.#chunk.subarray(0, this.#inflater.input.length);
    this.#inflater.input.set(part);
    this.#inflater.setInput(0, part.length);
    this.#chunk = this.#chunk.subarray(part.length);
    this.#left = part.length;
    this.#inputEnd = part.length;
    return true;
  }
}

const reasons: ReadonlyMap<number, string> = new Map([
  [-1, 'invalid block type or lengths'],
  [-2, 'invalid symbol'],
  [-3, 'invalid distance too far back'],
  [-4, 'invalid gzip header'],
  [-6, 'incorrect checksum'],
]);

function corrupt(reason: string): HoldfastError {
  return new HoldfastError('CODEC_CORRUPT', { codec: 'gzip', reason });
}
