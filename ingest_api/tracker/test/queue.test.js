import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ageOf, createQueue, idIn } from '../src/queue.js';
import { createStorage } from '../src/storage.js';
import { pageWith, storageOf } from './page.js';

let area;
const all = () => true;
const opened = () => {
  const storage = createStorage('localStorage', '_t.');
  storage.open();
  return storage;
};
const queueOf = ({ maxEvents = 10, maxChars = 10_000 } = {}, onFull = () => {}) =>
  createQueue(opened(), onFull, maxEvents, maxChars);

/** The texts of all that may leave now. */
const taken = (queue) => queue.take(1e6, 100, all).map(queue.textOf);

/** Let the microtasks of what was done so far run, as a browser does before anything else. */
const taskEnds = () => Promise.resolve();

beforeEach(() => pageWith((area = storageOf())));

test('events leave in the order they came, and only those that fit', () => {
  const queue = queueOf();
  for (const [n, text] of ['{"a":1}', '{"b":2}', '{"c":3}'].entries()) queue.add(`m${n}`, text, n);

  const keys = queue.take(17, 100, all);

  assert.deepEqual(keys.map(queue.textOf), ['{"a":1}', '{"b":2}']);
  assert.deepEqual(keys.map(idIn), ['m0', 'm1']);
  assert.ok(keys.every((key) => ageOf(key) >= 0 && ageOf(key) < 5_000));
});

test('a reload finds what waits', async () => {
  queueOf().add('m1', '{"a":1}', 1);
  await taskEnds();

  assert.deepEqual(taken(queueOf()), ['{"a":1}']);
});

test('what is on its way is neither taken again nor dropped', () => {
  const dropped = [];
  const queue = queueOf({ maxEvents: 2 }, (id) => dropped.push(id));
  queue.add('m1', '1', 1);
  queue.flying.add(queue.list()[0]);
  queue.add('m2', '2', 2);
  queue.add('m3', '3', 3);

  assert.deepEqual(dropped, ['m2']);
  assert.deepEqual(taken(queue), ['3']);
});

test('over its cap the oldest go, and the number of the lost outlives the page', () => {
  const queue = queueOf({ maxEvents: 3 });
  for (let n = 1; n <= 5; n += 1) queue.add(`m${n}`, `${n}`, n);

  assert.deepEqual(taken(queue), ['3', '4', '5']);
  assert.deepEqual([queue.lostSoFar(), queueOf().lostSoFar()], [2, 2]);
});

test('the cap counts characters too', () => {
  const queue = queueOf({ maxChars: 100 });
  for (let n = 1; n <= 5; n += 1) queue.add(`m${n}`, 'x'.repeat(40), n);

  assert.equal(queue.list().length, 2);
});

test('a host that keeps much keeps the rest of its room, and events wait in memory', async () => {
  area.setItem('hosts', 'y'.repeat(1_900_000));
  const queue = queueOf({ maxEvents: 1_000, maxChars: 1e6 });

  for (let n = 1; n <= 300; n += 1) queue.add(`m${n}`, 'x'.repeat(1_000), n);
  await taskEnds();

  assert.equal(queue.list().length, 300);
  const kept = Object.keys(area).length;
  assert.ok(kept > 50 && kept < 200, `${kept} are in the page's storage`);
});

test('an id and a choice are kept where the host keeps much, too', () => {
  area.setItem('hosts', 'y'.repeat(2_000_000));
  opened().set('id', '1');

  assert.equal(opened().get('id'), '1');
});

test('a storage that is full is memory', async () => {
  pageWith((area = storageOf(10_000)));
  const queue = queueOf({ maxEvents: 1_000, maxChars: 1e6 });

  for (let n = 1; n <= 30; n += 1) queue.add(`m${n}`, 'x'.repeat(1_000), n);
  await taskEnds();

  assert.equal(taken(queue).length, 30);
});

test('a storage that is refused is memory', () => {
  globalThis.window = { get localStorage() { throw new DOMException('no', 'SecurityError'); } };
  const queue = queueOf();
  queue.add('m1', '1', 1);

  assert.deepEqual(taken(queue), ['1']);
});

test('an event waits for no task to be taken, and one that was removed before its task ended stays so', async () => {
  const queue = queueOf();
  queue.add('m1', '1', 1);
  queue.add('m2', '2', 2);
  const [first, second] = queue.list();

  assert.deepEqual(Object.keys(area), []);
  queue.remove(first);
  await taskEnds();

  assert.deepEqual(Object.keys(area), [`_t.${second}`]);
});

test('what is ours is removed when consent is withdrawn, and nothing else', () => {
  area.setItem('hosts', 'stays');
  const storage = opened();
  storage.set('id', '1');
  storage.close();
  storage.set('id', '2');

  assert.deepEqual(Object.keys(area), ['hosts']);
  assert.equal(storage.get('id'), '2');
});
