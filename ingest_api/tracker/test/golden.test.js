// The batch that a visit makes, kept as tests/golden/tracker.json: tests/ingest_api/test_tracker_payloads.py takes it.
// UPDATE=1 writes it anew.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { mock, test } from 'node:test';
import { pageWith, storageOf } from './page.js';

const GOLDEN = new URL('../../../tests/golden/tracker.json', import.meta.url);
const listening = { addEventListener: () => {}, removeEventListener: () => {} };

/** Put a page around the tracker whose ids and clock are always the same. */
const fixedPage = () => {
  pageWith(storageOf());
  Object.assign(window, listening);
  globalThis.document = { referrer: 'https://search.test/', title: 'Exchange', hidden: false, ...listening };
  const search = '?fromChain=1';
  globalThis.location = { href: `https://swap.test/exchange${search}`, pathname: '/exchange', search };
  globalThis.screen = { width: 1280, height: 720 };
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { language: 'en-US', onLine: true } });
  let next = 1;
  mock.method(globalThis.crypto, 'getRandomValues', (parts) => parts.fill(next++));
  mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-25T08:00:00.000Z') });
};

test('a visit makes the golden batch', async () => {
  fixedPage();
  const bodies = [];
  globalThis.fetch = async (url, { body }) => {
    bodies.push(body);
    return new Response('{}');
  };
  const { createTracker } = await import('../src/index.js');
  const tracker = createTracker({ writeKey: 'demo', host: 'https://t.swap.test', pages: false, clicks: false });

  tracker.page('Swap', 'Exchange', { tab: 'exchange' });
  tracker.track('lifi_route_selected', { from_amount: 123456789012345678901234567890n, text: 'žluťoučký 🐎' });
  tracker.identify('u1', { plan: 'free' });
  tracker.wallet('0x52908400098527886E0F7030069857D2E4169EE7', 1, { ecosystem: 'EVM' });
  tracker.group('g1', { size: 3 });
  tracker.alias('u2');
  tracker.consent({ analytics: true, advertising: false });
  tracker.track('Late', { n: 1 }, { timestamp: '2026-11-25T07:59:00.000Z', messageId: 'own.id' });
  await tracker.flush();
  tracker.stop();

  const made = bodies.map((body) => JSON.parse(body));
  if (process.env.UPDATE) writeFileSync(GOLDEN, JSON.stringify(made[0], null, 2) + '\n');
  assert.deepEqual(made, [JSON.parse(readFileSync(GOLDEN, 'utf8'))]);
});
