// Fetches the published type declarations that the adapters are held against, once; offline afterwards.
// Only the packages themselves, not what they need to run: 2 MB instead of 1.8 GB.
// A newer widget: put its version here and run the tests; they name each event that the catalogue does not have.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What each generation of the widget resolves to, with the digest of the package's file. */
export const GENERATIONS = {
  4: {
    '@lifi/widget@4.5.0': '3093445aaf2af7ed337e7e652e4e723a1e7e7acf4c0731075b9f93bdd7c009e4',
    '@lifi/wallet-management@4.1.3': 'f4e220c69d4bc7ccf3901436708f1ba4da1a7aea0f2788044bbc97b5c92b1998',
    '@lifi/sdk@4.3.0': '5efaba48266fd8e0c0420f655e2b295375c9cc7b7e1c154a374f1df93787b8ed',
    '@lifi/types@17.86.0': '357e8473939afa03380dcf5330e922ea67bf73a9437da0e9a6d8c5ccd0714371',
  },
  3: {
    '@lifi/widget@3.40.12': '5371695be250ec5d3b035c302d30209f3eca6e7626f8d9238db8925c2e4bf966',
    '@lifi/wallet-management@3.22.8': '59008d9232259d4646ea99fbb35fd45c007f4b851df1bbc7cf507e41d08a46d9',
    '@lifi/sdk@3.16.1': 'c36f77b7a0c12cd579ed8ffcf27f9d326076d1e7b62d8720c3082a62639ac28f',
    '@lifi/types@17.65.0': 'd6d5b2c873f020c45a8f37d59d0a8c77f0dff262617c8306eb0c580d8aa56785',
  },
};
const ROOT = fileURLToPath(new URL('../../node_modules/.widget-types/', import.meta.url));

/** Run npm: the one beside this node (its wheel puts none on the path), else the path's. @param {string[]} words @param {string} cwd */
const npm = (words, cwd) => {
  const own = join(dirname(realpathSync(process.execPath)), '../lib/node_modules/npm/bin/npm-cli.js');
  const [program, ...first] = existsSync(own) ? [process.execPath, own] : ['npm'];
  return execFileSync(program, [...first, ...words], { encoding: 'utf8', cwd });
};

/** @param {string | number} generation @param {string} name @returns the folder of a package */
export const folderOf = (generation, name) => join(ROOT, String(generation), 'node_modules', name);

/** @param {string} generation @param {string} spec @param {string} digest */
const fetchOne = (generation, spec, digest) => {
  const name = spec.slice(0, spec.lastIndexOf('@'));
  const folder = folderOf(generation, name);
  if (existsSync(folder)) return;
  mkdirSync(ROOT, { recursive: true });
  const work = mkdtempSync(join(ROOT, 'tmp-'));
  const [packed] = JSON.parse(npm(['pack', spec, '--json', '--pack-destination', work], work));
  const file = join(work, packed.filename);
  const found = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (found !== digest) throw new Error(`${spec} is not the package that was pinned: ${found}`);
  execFileSync('tar', ['xzf', file, '-C', work]);
  mkdirSync(join(folder, '..'), { recursive: true });
  renameSync(join(work, 'package'), folder);
  rmSync(work, { recursive: true });
};

for (const [generation, packages] of Object.entries(GENERATIONS)) {
  for (const [spec, digest] of Object.entries(packages)) fetchOne(generation, spec, digest);
}
