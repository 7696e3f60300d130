// Builds dist/m.js (what the collector serves) and dist/snippet.js (the stub to paste). Both are committed, so that
// a Python install needs no node; a test builds them again and compares. `node build.mjs FOLDER` writes elsewhere.
import { build } from 'esbuild';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from 'terser';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = process.argv[2] ?? join(here, 'dist');

// Names of members that only our own modules use, and no browser, page or collector ever sees.
const INNER =
  'flying measure lostSoFar soon retryNow leave begin commit cancel again texts told' +
  ' take list drop remove open close wait defer';

await mkdir(folder, { recursive: true });
for (const [name, entry] of [['m', 'src/script.js'], ['snippet', 'src/snippet.js']]) {
  const bundle = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: ['es2021'],
    charset: 'utf8',
    legalComments: 'none',
    mangleProps: new RegExp(`^(${INNER.split(' ').join('|')})$`),
  });
  const { code } = await minify(bundle.outputFiles[0].text, {
    ecma: 2020,
    compress: { passes: 5, unsafe_arrows: true, pure_getters: true, keep_fargs: false },
    mangle: { toplevel: true },
  });
  await writeFile(join(folder, `${name}.js`), code.replace('"use strict";', '') + '\n');
}
