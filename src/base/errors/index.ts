/** Errors: one class, one catalogue, stable codes. */
export { type ExitMeaning, exitCodes } from './define.ts';
export {
  type ErrorCode,
  type ErrorData,
  errorCatalogue,
  errorFromJson,
  HoldfastError,
  isHoldfastError,
  type LayerPosition,
  type SerializedError,
} from './holdfast-error.ts';
export type { LossSummary } from './host.ts';
export { quote, quoteText } from './quote.ts';
