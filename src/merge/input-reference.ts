/** What is merged, by its references. */
import { openTree, type OpenTreeOptions, parseTreeReference, requireOneStdin } from '../trees/index.ts';

/** `layer` is one layer as it is, `tree` what is written as one. */
export type InputReference =
  | { readonly kind: 'image' | 'tree'; readonly reference: string }
  | { readonly kind: 'layer'; readonly reference: string; readonly file: string };

/** @throws USAGE for two that are read from stdin, the codes of references, and of archives where the content says what it is */
export async function readInputs(
  references: readonly string[],
  options: OpenTreeOptions,
): Promise<readonly InputReference[]> {
  requireOneStdin(references);
  const inputs: InputReference[] = [];
  for (const reference of references) inputs.push(await readInput(reference, options));
  return inputs;
}

async function readInput(reference: string, options: OpenTreeOptions): Promise<InputReference> {
  const parsed = parseTreeReference(reference);
  switch (parsed.kind) {
    case 'image':
      return { kind: 'image', reference };
    case 'layer':
      return { kind: 'layer', reference, file: parsed.file };
    case 'file':
      return await readFile(reference, options);
    default:
      return { kind: 'tree', reference };
  }
}

/** A file may hold an image. */
async function readFile(reference: string, options: OpenTreeOptions): Promise<InputReference> {
  const { signal, limits, jobs } = options;
  await using tree = await openTree(reference, {
    ...(signal && { signal }),
    ...(limits && { limits }),
    ...(jobs === undefined ? {} : { jobs }),
  });
  return tree.image ? { kind: 'image', reference: tree.image.reference } : { kind: 'tree', reference };
}
