// @ts-check
/**
 * Whatever a page hands over → JSON text that the collector takes. Never throws; a `bigint` keeps every digit.
 */
import { tried } from './tried.js';

const UNREADABLE = '[unreadable]';
const MAX_EVENT_BYTES = 30_000; // the collector refuses an event over 32,768
const MAX_DEPTH = 16; // the collector's limit is 64
const MAX_NODES = 3_000; // a page's own object graph can have millions

/** How long lists may be, and texts this many times; the next is tried where the event is still too large. */
const LIMITS = [1_000, 100, 10];
const TEXT_PER_ITEM = 8;

/** Count the bytes of a text in UTF-8. @param {string} text */
export const bytesOf = (text) => new TextEncoder().encode(text).length;

/**
 * Copy a value as plain JSON values.
 * @param {unknown} root
 * @param {number} maxText
 * @param {number} maxItems
 * @param {() => void} onCut called when something was left out for its size
 * @returns {any}
 */
export const plain = (root, maxText, maxItems, onCut) => {
  const above = new Set();
  let nodes = MAX_NODES;

  /** @template {string | any[]} T @param {T} value @param {number} length @returns {T} */
  const cut = (value, length) => {
    if (value.length <= length) return value;
    onCut();
    return /** @type {T} */ (value.slice(0, length));
  };

  /** @param {any} value @returns {any} */
  const copied = (value) => {
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'string') return cut(value, maxText).replace(/[\ud800-\udbff]$/, ''); // never half an emoji
    if (typeof value !== 'object' || !value) return value; // JSON leaves functions and symbols out
    if (above.has(value)) return '[circular]';
    if (nodes-- < 1 || above.size > MAX_DEPTH) return onCut(), '[…]';
    above.add(value);
    const result = tried(() => ofObject(value), UNREADABLE);
    above.delete(value);
    return result;
  };

  /** @param {any} value @returns {any} */
  const ofObject = (value) => {
    if (value.window === value) return '[window]';
    if (value.nodeType) return `<${value.nodeName}>`;
    if (value.toJSON) return copied(value.toJSON());
    if (value instanceof Error) return copied({ name: value.name, message: value.message });
    if (value instanceof Map) return copied(Object.fromEntries(value));
    if (value instanceof Set) return copied([...value]);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (Array.isArray(value)) return cut(value, maxItems).map(copied);
    const keys = cut(Object.keys(value), maxItems);
    return Object.fromEntries(keys.map((key) => [key, tried(() => copied(value[key]), UNREADABLE)]));
  };

  return copied(root);
};

/**
 * Write a message as JSON of a size that the collector takes. One that had to lose something for it says so in
 * `context.truncated`.
 * @param {import('../types/index.js').Message} message
 * @returns {string}
 */
export const encoded = (message) => {
  for (const maxItems of LIMITS) {
    const copy = plain(message, maxItems * TEXT_PER_ITEM, maxItems, () => (message.context.truncated = true));
    copy.context.truncated = message.context.truncated;
    const text = JSON.stringify(copy);
    if (bytesOf(text) < MAX_EVENT_BYTES) return text;
    message.context.truncated = true;
  }
  return encoded({ ...message, properties: undefined, traits: undefined, context: { tab: message.context.tab } });
};
