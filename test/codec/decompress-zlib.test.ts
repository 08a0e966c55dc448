// Everything again without the native library, as on a system that has none.
process.env['HOLDFAST_NATIVE'] = '0';
await import('./decompress.test.ts');
