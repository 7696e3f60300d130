import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const LIMIT_BYTES = 4_096;

test(`both adapters together stay within ${LIMIT_BYTES} bytes, minified and gzipped`, async () => {
  const { outputFiles } = await build({
    stdin: { contents: "export { lifi } from './lifi.js'; export { jumper } from './jumper.js';", resolveDir: fileURLToPath(new URL('../../adapters', import.meta.url)) },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
  });
  const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length;

  console.log(`adapters: ${bytes} bytes`);
  assert.ok(bytes <= LIMIT_BYTES, `${bytes} bytes`);
});

test('the package hands out both adapters under their names', async () => {
  const [{ lifi }, { jumper }] = await Promise.all([import('server-side-tracking/lifi'), import('server-side-tracking/jumper')]);

  assert.deepEqual([typeof lifi, typeof jumper], ['function', 'function']);
});
