import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createQueue } from '../src/queue.js';
import { createSender } from '../src/sender.js';
import { createStorage } from '../src/storage.js';
import { waitOf } from '../src/transport.js';
import { pageWith, storageOf } from './page.js';

const options = { writeKey: 'k' };
const takeTurn = (work) => work();
let told;
let isOpen = true;

/** A sender whose collector gives these answers, then 200; it notes each batch as the list of its events. */
const senderWith = (...answers) => {
  const storage = createStorage('localStorage', '_t.');
  storage.open();
  const queue = createQueue(storage, () => {}, 1_000, 1e6);
  const batches = [];
  told = [];
  globalThis.fetch = async (url, { body, keepalive }) => {
    batches.push({ texts: JSON.parse(body).batch, keepalive });
    const status = answers.shift() ?? 200;
    if (!status) throw new TypeError('no network');
    return new Response('{}', { status });
  };
  const notify = (stage, id, detail) => told.push([stage, id, detail?.status]);
  const url = () => 'http://c.test/v1/batch';
  const sender = createSender(options, queue, takeTurn, url, () => isOpen, notify);
  return { queue, batches, sender };
};
const fill = (queue, count, text = (n) => String(n)) => {
  for (let n = 0; n < count; n += 1) queue.add(`m${n}`, text(n), n);
};

beforeEach(() => pageWith(storageOf()));
beforeEach(() => (isOpen = true));
afterEach(() => (isOpen = false));

test('what was answered leaves the queue', async () => {
  const { queue, batches, sender } = senderWith();
  fill(queue, 3);

  await sender.flush();

  assert.deepEqual(batches, [{ texts: [0, 1, 2], keepalive: true }]);
  assert.deepEqual(queue.list(), []);
});

for (const status of [0, 408, 425, 429, 500, 503]) {
  test(`${status} keeps the events and sends nothing more before a pause`, async () => {
    const { queue, batches, sender } = senderWith(status);
    fill(queue, 2);

    await sender.flush();
    await sender.flush();
    sender.leave();

    assert.equal(queue.list().length, 2);
    assert.equal(batches.length, 1);
    assert.deepEqual(told.slice(2), [['retry', 'm0', status], ['retry', 'm1', status]]);
  });
}

for (const status of [401, 403, 404, 413, 415]) {
  test(`${status} for one event is its end, and counts as lost`, async () => {
    const { queue, batches, sender } = senderWith(status);
    fill(queue, 1);

    await sender.flush();

    assert.deepEqual([batches.length, queue.list().length, queue.lostSoFar()], [1, 0, 1]);
    assert.deepEqual(told.at(-1), ['dropped', 'm0', status]);
  });
}

test('400 is the end of a batch that the collector keeps as rejected: no loss', async () => {
  const { queue, sender } = senderWith(400);
  fill(queue, 2);

  await sender.flush();

  assert.deepEqual([queue.list().length, queue.lostSoFar()], [0, 0]);
});

test('413 halves the batch until it is taken', async () => {
  const { queue, batches, sender } = senderWith(413, 413);
  fill(queue, 8);

  await sender.flush();

  assert.deepEqual(batches.map(({ texts }) => texts.length), [8, 4, 2, 6]);
  assert.equal(queue.lostSoFar(), 0);
});

test('a batch and all that is in flight stay below the limit of a page', async () => {
  const { queue, batches, sender } = senderWith();
  fill(queue, 60, (n) => JSON.stringify({ n, text: 'ž'.repeat(1_000) }));

  sender.leave();
  await sender.flush();

  const first = batches.filter(({ keepalive }) => keepalive).length;
  assert.equal(new Set(batches.flatMap(({ texts }) => texts.map(({ n }) => n))).size, 60);
  assert.equal(batches.flatMap(({ texts }) => texts).length, 60);
  assert.ok(first >= 1);
});

test('Retry-After is seconds, and never for ever', () => {
  assert.deepEqual(['7', '999999', null, 'soon', '0'].map(waitOf), [7_000, 3_600_000, 0, 0, 0]);
});
