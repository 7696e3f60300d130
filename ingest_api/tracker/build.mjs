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
  'flying measure lostSoFar soon retryNow leave begin commit cancel again textOf told waiting' +
  ' take list drop remove open close wait defer mine tell';

// The letters of which names are made, the most frequent first: an order that gzip does well with, found by trying.
const LETTERS = 'etidrnahloARbfSsugEqJPmvcOwjpKkHMCTDzYNVxIBLUWy';
const nthName = (n) => {
  const letter = LETTERS[n % LETTERS.length];
  return n < LETTERS.length ? letter : nthName(Math.floor(n / LETTERS.length) - 1) + letter;
};

const COMPRESS = {
  passes: 5,
  inline: 1,
  sequences: false, // gzip finds more that is alike in statements
  unsafe_arrows: true,
  pure_getters: true,
  keep_fargs: false,
};

await mkdir(folder, { recursive: true });
for (const [name, entry] of [['m', 'src/script.js'], ['snippet', 'src/snippet.js']]) {
  const bundle = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    minifySyntax: true,
    write: false,
    format: 'iife',
    target: ['es2021'],
    charset: 'utf8',
    legalComments: 'none',
    mangleProps: new RegExp(`^(${INNER.split(' ').join('|')})$`),
  });
  const { code: short } = await minify(bundle.outputFiles[0].text, { ecma: 2020, compress: COMPRESS, mangle: false });
  const names = { toplevel: true, nth_identifier: { get: nthName } };
  const { code } = await minify(short, { ecma: 2020, compress: false, mangle: names });
  await writeFile(join(folder, `${name}.js`), code.replace('"use strict";', '') + '\n');
}
