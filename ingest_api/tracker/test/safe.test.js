import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, encoded, plain } from '../src/safe.js';

const copy = (value) => JSON.parse(JSON.stringify(plain(value, 8_000, 1_000, assert.fail)));
const base = { type: 'track', messageId: 'm', timestamp: 't', event: 'E' };
const message = (properties) => ({ ...base, properties, context: { tab: { seq: 1 } } });

const CASES = {
  'a bigint keeps every digit': [2n ** 200n, String(2n ** 200n)],
  'a date is its instant': [new Date(0), '1970-01-01T00:00:00.000Z'],
  'an invalid date is null': [[new Date(NaN)], [null]],
  'an own toJSON is asked': [{ toJSON: () => ({ wei: 1n }) }, { wei: '1' }],
  'maps and sets are read': [new Map([['a', new Set([1])]]), { a: [1] }],
  'an error is name and message': [new TypeError('why'), { name: 'TypeError', message: 'why' }],
  'functions, symbols and undefined are left out': [{ f() {}, s: Symbol('s'), u: undefined, a: 1 }, { a: 1 }],
  'bytes are counted': [new Uint8Array(7), '[7 bytes]'],
  'a prototype is no way in': [JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":1}}')],
  'the same object twice is no cycle': [Array(2).fill({ a: 1 }), [{ a: 1 }, { a: 1 }]],
};
for (const [name, [value, expected]] of Object.entries(CASES)) {
  test(name, () => assert.deepEqual(copy(value), expected));
}

test('a cycle ends', () => {
  const value = { list: [] };
  value.list.push(value);

  assert.deepEqual(copy(value), { list: ['[circular]'] });
});

test('what cannot be read is named', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const value = { get bad() { throw new Error('no'); }, proxy, good: 1 };

  assert.deepEqual(copy(value), { bad: '[unreadable]', proxy: '[unreadable]', good: 1 });
});

test('a cut never splits an emoji', () => {
  let cuts = 0;
  const text = plain('ab🐎cd', 3, 10, () => (cuts += 1));

  assert.deepEqual([text, cuts], ['ab', 1]);
});

test('an event stays below the size that the collector takes, and says that it was cut', () => {
  const wide = Object.fromEntries(Array.from({ length: 1e4 }, (_, n) => [`k${n}`, 'v'.repeat(99)]));
  const sizes = [{ text: 'ž'.repeat(1e6) }, { list: Array(1e5).fill({ a: 'x'.repeat(99) }) }, wide];

  for (const properties of sizes) {
    const text = encoded(message(properties));
    assert.ok(bytesOf(text) <= 30_000);
    assert.equal(JSON.parse(text).context.truncated, true);
  }
});

test('an event of usual size is whole', () => {
  const properties = { n: 1, text: 'žluťoučký 🐎', nested: { list: [1, 2, { deep: true }] } };

  assert.deepEqual(JSON.parse(encoded(message(properties))), message(properties));
});
