// @ts-check
/** Golden payloads: what node produces here, Python accepts there. `UPDATE_GOLDEN=1` writes them anew. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

const FOLDER = new URL('../../../../tests/golden/', import.meta.url);

/** @type {any} the catalogue that the adapters must keep to */
export const CATALOGUE = JSON.parse(readFileSync(new URL('../../../catalogue/catalogue.json', import.meta.url), 'utf8'));

/** @param {string} name @param {object[]} events */
export const assertGolden = (name, events) => {
  const file = new URL(name, FOLDER);
  const text = `[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]\n`;
  if (process.env.UPDATE_GOLDEN) writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'));
};
