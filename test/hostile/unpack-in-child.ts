/** Unpacks what stdin says; prints the refusal and how much memory it took. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const { reference, target, limits, ratioFromBytes } = JSON.parse(readFileSync(0, 'utf8')) as {
  readonly reference: string;
  readonly target: string;
  readonly limits: object;
  readonly ratioFromBytes?: number;
};

const declaration = /export const ratioFromBytes = .*;/;

if (ratioFromBytes !== undefined) {
  registerHooks({
    load(url, context, load) {
      const loaded = load(url, context);
      if (!url.endsWith('/src/base/limits.ts')) return loaded;
      const source = readFileSync(new URL(url), 'utf8');
      if (!declaration.test(source)) throw new Error('the constant has another name now');
      return { ...loaded, source: source.replace(declaration, `export const ratioFromBytes = ${ratioFromBytes};`) };
    },
  });
}

const { defaultLimits, HoldfastError } = await import('../../src/base/index.ts');
const { openImage } = await import('../../src/image/index.ts');
const { unpack } = await import('../../src/unpack/index.ts');

try {
  await using image = await openImage(reference);
  await unpack(image, target, { limits: { ...defaultLimits, ...limits }, allowLossy: true });
  process.stderr.write('it was unpacked\n');
} catch (error) {
  if (!(error instanceof HoldfastError)) throw error;
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(
    JSON.stringify({ code: error.code, text: `${error.message}\n${error.hint ?? ''}`, peakMegabytes }),
  );
}
