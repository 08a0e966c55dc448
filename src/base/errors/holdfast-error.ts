import { archiveErrors } from './archive.ts';
import { contentErrors } from './content.ts';
import { type ErrorDefinition, type ExitMeaning, exitCodes } from './define.ts';
import { editErrors } from './edit.ts';
import { hostErrors } from './host.ts';
import { layerErrors } from './layer.ts';
import { networkErrors } from './network.ts';
import { probeErrors } from './probe.ts';
import { storeErrors } from './store.ts';
import { usageErrors } from './usage.ts';

/** Every failure Holdfast can report, by its stable code. docs/errors.md is generated from this table. */
export const errorCatalogue = {
  ...usageErrors,
  ...archiveErrors,
  ...layerErrors,
  ...contentErrors,
  ...hostErrors,
  ...networkErrors,
  ...probeErrors,
  ...storeErrors,
  ...editErrors,
};

export type ErrorCode = keyof typeof errorCatalogue;

/** The data that belongs to a code. */
export type ErrorData<Code extends ErrorCode> =
  (typeof errorCatalogue)[Code] extends ErrorDefinition<infer Data> ? Readonly<Data> : never;

/** The layer in which something was found, bottom layer first from 1. */
export interface LayerPosition {
  readonly number: number;
  readonly digest: string;
}

interface Context {
  readonly cause?: unknown;
  readonly layer?: LayerPosition;
}

/** The only error class: what it says is computed from a code and that code's data. */
export class HoldfastError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'HoldfastError';
  readonly code: Code;
  readonly data: ErrorData<Code>;
  readonly hint: string | undefined;
  readonly layer: LayerPosition | undefined;

  constructor(code: Code, data: ErrorData<Code>, context: Context = {}) {
    // The row of a code takes that code's data; TypeScript cannot follow that through the union.
    const definition = errorCatalogue[code] as unknown as ErrorDefinition<ErrorData<Code>>;
    const where = context.layer ? `layer ${context.layer.number} (${shorten(context.layer.digest)}): ` : '';
    super(where + definition.message(data), context.cause === undefined ? {} : { cause: context.cause });
    this.code = code;
    this.data = data;
    this.layer = context.layer;
    this.hint = typeof definition.hint === 'function' ? definition.hint(data) : definition.hint;
  }

  get exit(): ExitMeaning {
    return errorCatalogue[this.code].exit;
  }

  get exitCode(): number {
    return exitCodes[this.exit];
  }

  /** The same error, said of a layer. An error that already names one is returned as it is. */
  inLayer(layer: LayerPosition): HoldfastError<Code> {
    return this.layer ? this : new HoldfastError(this.code, this.data, { cause: this.cause, layer });
  }

  /** Plain data that survives structuredClone between threads; see {@link errorFromJson}. */
  toJSON(): SerializedError {
    return { code: this.code, data: this.data, ...(this.layer ? { layer: this.layer } : {}) };
  }
}

export interface SerializedError {
  readonly code: ErrorCode;
  readonly data: unknown;
  readonly layer?: LayerPosition;
}

export function errorFromJson(json: SerializedError): HoldfastError {
  return new HoldfastError(json.code, json.data as ErrorData<ErrorCode>, json.layer ? { layer: json.layer } : {});
}

/** Whether a caught value is a Holdfast error (of one code). */
export function isHoldfastError<Code extends ErrorCode>(error: unknown, code?: Code): error is HoldfastError<Code> {
  return error instanceof HoldfastError && (code === undefined || error.code === code);
}

function shorten(digest: string): string {
  return digest.replace(/^(sha\d+:[a-f0-9]{12})[a-f0-9]+$/, '$1…');
}
