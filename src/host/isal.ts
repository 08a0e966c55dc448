/** Intel's ISA-L, where the system has it: gzip at about twice the speed of Node's zlib. */
import { gzipSync } from 'node:zlib';
import type Koffi from 'koffi';
import { findKoffi } from './koffi.ts';

/** What a step of inflation came to. */
export interface InflateStep {
  /** Bytes written to the output. */
  readonly produced: number;
  /** Input bytes not yet taken. */
  readonly left: number;
  /** The gzip member is complete and its checksum holds. */
  readonly isMemberEnd: boolean;
}

/** One gzip decoder. Its buffers are native memory, valid until it is disposed. */
export interface NativeInflater extends Disposable {
  /** Filled by the caller before {@link NativeInflater.setInput}. */
  readonly input: Uint8Array;
  readonly outputs: readonly [Uint8Array, Uint8Array];
  /** Gives the decoder the first `length` bytes of `input` from `start` on. */
  setInput(start: number, length: number): void;
  /** Inflates on libuv's pool into one of the outputs, until it is full or the input is used up; a negative code is an error. */
  step(output: 0 | 1): Promise<InflateStep | number>;
  /** Begins with the next member; what is left of the input stays. */
  nextMember(): void;
}

/** Of `struct inflate_state` in ISA-L 2.x, whose soname has been libisal.so.2 throughout. */
const field = { nextOut: 0, availableOut: 8, nextIn: 16, availableIn: 32, blockState: 21160, crcFlag: 21172 } as const;
const stateBytes = 128 * 1024;
const gzipMode = 1;
const finished = 5;
const inputBytes = 1024 * 1024;
const outputBytes = 512 * 1024;

let factory: { readonly create: (() => NativeInflater) | undefined } | undefined;

/**
 * Makes decoders; undefined where the library is missing or does not behave as the version that is understood. It is
 * looked for when first asked for, because that takes milliseconds.
 */
export function nativeInflaterFactory(): (() => NativeInflater) | undefined {
  const koffi = findKoffi();
  factory ??= { create: koffi && bindIsal(koffi) };
  return factory.create;
}

function bindIsal(koffi: typeof Koffi): (() => NativeInflater) | undefined {
  const library = loadLibrary(koffi);
  if (library === undefined) return undefined;
  const init = library.func('void isal_inflate_init(void *)');
  const reset = library.func('void isal_inflate_reset(void *)');
  const inflate = library.func('int isal_inflate(void *)');
  const create = (): NativeInflater & { stepNow(output: 0 | 1): InflateStep | number } => {
    const pointers = [stateBytes, inputBytes, outputBytes, outputBytes].map((size) => koffi.alloc('uint8_t', size));
    const [stateAt, inputAt, firstAt, secondAt] = pointers;
    const bytes = (pointer: unknown, size: number): Uint8Array => new Uint8Array(koffi.view(pointer, size));
    const state = new DataView(koffi.view(stateAt, stateBytes));
    const outputsAt = [firstAt, secondAt] as const;
    const setOutput = (output: 0 | 1): void => {
      state.setBigUint64(field.nextOut, koffi.address(outputsAt[output]), true);
      state.setUint32(field.availableOut, outputBytes, true);
    };
    const outcome = (code: number): InflateStep | number => {
      if (code < 0) return code;
      return {
        produced: outputBytes - state.getUint32(field.availableOut, true),
        left: state.getUint32(field.availableIn, true),
        isMemberEnd: state.getUint32(field.blockState, true) === finished,
      };
    };
    init(stateAt);
    state.setUint32(field.crcFlag, gzipMode, true);
    return {
      input: bytes(inputAt, inputBytes),
      outputs: [bytes(firstAt, outputBytes), bytes(secondAt, outputBytes)],
      setInput: (start, length) => {
        state.setBigUint64(field.nextIn, koffi.address(inputAt) + BigInt(start), true);
        state.setUint32(field.availableIn, length, true);
      },
      step: (output) => {
        setOutput(output);
        return new Promise((resolve, reject) => {
          inflate.async(stateAt, (error: Error | null, code: number) => {
            if (error) reject(error);
            else resolve(outcome(code));
          });
        });
      },
      stepNow: (output) => {
        setOutput(output);
        return outcome(inflate(stateAt) as number);
      },
      nextMember: () => {
        reset(stateAt);
        state.setUint32(field.crcFlag, gzipMode, true);
      },
      [Symbol.dispose]: () => {
        for (const pointer of pointers) koffi.free(pointer);
      },
    };
  };
  return behaves(create) ? create : undefined;
}

/** Tries the library on two members and on a damaged checksum: its structure is not declared anywhere but in C. */
function behaves(create: () => NativeInflater & { stepNow(output: 0 | 1): InflateStep | number }): boolean {
  using inflater = create();
  const member = gzipSync('holdfast');
  inflater.input.set(member);
  inflater.input.set(member, member.length);
  inflater.input[2 * member.length - 5] = ~(member[member.length - 5] ?? 0);
  inflater.setInput(0, 2 * member.length);
  const first = inflater.stepNow(0);
  if (typeof first === 'number' || !first.isMemberEnd || first.produced !== 8 || first.left !== member.length)
    return false;
  if (Buffer.from(inflater.outputs[0].subarray(0, 8)).toString() !== 'holdfast') return false;
  inflater.nextMember();
  return typeof inflater.stepNow(1) === 'number';
}

function loadLibrary(koffi: typeof Koffi): ReturnType<typeof Koffi.load> | undefined {
  try {
    return koffi.load('libisal.so.2');
  } catch {
    return undefined;
  }
}
