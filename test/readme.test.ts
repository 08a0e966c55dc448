import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

const root = path.resolve(import.meta.dirname, '..');
const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');

void describe('the README', () => {
  void it('has library calls that compile', () => {
    const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? assert.fail('there is no example');
    // Inside the checkout, so that the compiler finds the types it needs.
    const directory = fs.mkdtempSync(path.join(root, 'node_modules/.readme-'));
    try {
      fs.writeFileSync(path.join(directory, 'example.ts'), `${code}\nexport { entries, losses, binaries, groups };\n`);
      const compilerOptions = { noEmit: true, rootDir: root, paths: { holdfast: [path.join(root, 'src/index.ts')] } };
      const config = { extends: path.join(root, 'tsconfig.json'), compilerOptions, include: [], files: ['example.ts'] };
      fs.writeFileSync(path.join(directory, 'tsconfig.json'), JSON.stringify(config));
      const compiler = spawnSync(path.join(root, 'node_modules/.bin/tsc'), ['-p', directory], { encoding: 'utf8' });
      assert.equal(compiler.stdout, '');
      assert.equal(compiler.status, 0);
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });

  void it('shows what the demo really prints', () => {
    const shown = /The demo prints:\n\n```\n([\s\S]*?)```/.exec(readme)?.[1] ?? assert.fail('there is no demo output');
    const demo = spawnSync(process.execPath, [path.join(root, 'src/demo/main.ts')], { encoding: 'utf8' });
    assert.equal(demo.status, 0, demo.stderr);
    const printed = new Set(demo.stdout.split('\n').map(withoutDigest));
    for (const line of shown.split('\n').map(withoutDigest)) {
      if (line.trim() !== '…') assert.ok(printed.has(line), `the demo does not print "${line}"`);
    }
  });
});

/** The digest depends on who runs the demo: everything in the image belongs to them. */
function withoutDigest(line: string): string {
  return line.replace(/sha256:[0-9a-f]+/, 'sha256:');
}
