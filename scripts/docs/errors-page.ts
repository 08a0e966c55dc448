import { type ErrorCode, errorCatalogue, errorFromJson, exitCodes, type HoldfastError } from '../../src/base/index.ts';
import { errorExamples } from './error-examples.ts';
import { exitCodeTable } from './exit-codes.ts';
import { block, generatedNotice, page } from './markdown.ts';

/** docs/errors.md */
export function errorsPage(): string {
  const codes = Object.keys(errorCatalogue) as ErrorCode[];
  return page([
    '# Errors',
    generatedNotice,
    'Every failure has a code that never changes. The command prints it in brackets and ends with the exit code of its family; the library throws a `HoldfastError` with `code`, `data`, `hint`, `exitCode` and, where it is about one, `layer`.',
    exitCodeTable(),
    ...codes.flatMap(section),
  ]);
}

function section(errorCode: ErrorCode): string[] {
  const { exit, about } = errorCatalogue[errorCode];
  const error = exampleOf(errorCode);
  return [
    `## ${errorCode}`,
    `${about} Exit code ${exitCodes[exit]}.`,
    ...(error ? [block(exampleLines(error), 'text')] : []),
  ];
}

function exampleOf(errorCode: ErrorCode): HoldfastError | undefined {
  const data = errorExamples[errorCode];
  return data === undefined ? undefined : errorFromJson({ code: errorCode, data });
}

function exampleLines({ message, code: errorCode, hint }: HoldfastError): string[] {
  return [`error: ${message} [${errorCode}]`, ...(hint === undefined ? [] : [`hint: ${hint}`])];
}
