/** What went wrong in Holdfast's words, as the distribution-spec says it. */
import { type ErrorCode, type HoldfastError, isHoldfastError } from '../base/index.ts';
import { type Answer, fault, type FaultCode } from './answer.ts';

const faults: Partial<Record<ErrorCode, FaultCode>> = {
  BLOB_MISSING: 'MANIFEST_BLOB_UNKNOWN',
  DIGEST_INVALID: 'DIGEST_INVALID',
  DIGEST_MISMATCH: 'DIGEST_INVALID',
  DOCUMENT_AMBIGUOUS: 'MANIFEST_INVALID',
  DOCUMENT_INVALID: 'MANIFEST_INVALID',
  MEDIA_TYPE_UNSUPPORTED: 'MANIFEST_INVALID',
  SIZE_MISMATCH: 'SIZE_INVALID',
};

/** The answer to a request during which something was thrown. What is nobody's fault but ours says nothing of itself. */
export function answerError(error: unknown): Answer {
  return { ...describeError(error), cause: error };
}

function describeError(error: unknown): Answer {
  if (!isHoldfastError(error)) return fault('UNKNOWN', 'internal error');
  if (isHoldfastError(error, 'HOST_REFUSED')) return answerRefusal(error);
  if (isHoldfastError(error, 'LIMIT_EXCEEDED')) return answerLimit(error);
  const code = faults[error.code];
  if (code !== undefined) return fault(code, error.message);
  return fault('UNKNOWN', error.exit === 'store' ? error.message : 'internal error');
}

/** No path of the machine is told. */
function answerRefusal(error: HoldfastError<'HOST_REFUSED'>): Answer {
  const isFull = ['ENOSPC', 'EDQUOT'].includes(error.data.errno);
  return isFull
    ? fault('UNKNOWN', 'the disk of the registry is full', { status: 507 })
    : fault('UNKNOWN', `the registry cannot reach its files: ${error.data.errno}`);
}

function answerLimit(error: HoldfastError<'LIMIT_EXCEEDED'>): Answer {
  const { limit } = error.data;
  if (limit.includes('index.json'))
    return fault('UNKNOWN', 'the index of the registry is full; delete manifests that are not needed', { status: 507 });
  return fault('MANIFEST_INVALID', error.message, limit.startsWith('bytes') ? { status: 413 } : {});
}
