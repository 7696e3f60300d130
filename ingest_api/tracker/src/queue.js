// @ts-check
/**
 * Events that wait, each under a key of its own in the page's storage: tabs share them without rewriting each
 * other's, and `track()` costs one write. Keys sort by time. Over its cap the queue drops the oldest, and counts.
 */
import { bytesOf } from './safe.js';

const QUEUE = 'q.';
const LOST = 'lost';
export const MAX_EVENTS = 1_000;
const MAX_CHARS = 500_000; // a tenth of what a browser gives an origin

/** The message id in a queue key. @param {string} key */
export const idIn = (key) => key.replace(/(.*?\.){3}/, '');

/** Tell how long ago the event of a queue key was queued, by this machine's clock. @param {string} key */
export const ageOf = (key) => Date.now() - parseInt(key.slice(QUEUE.length), 36);

/**
 * @param {import('./storage.js').KeyValues} storage
 * @param {(id: string) => void} onDrop told of what the cap drops
 */
export const createQueue = (storage, onDrop, maxEvents = MAX_EVENTS, maxChars = MAX_CHARS) => {
  let count = 0;
  let chars = 0;
  /** @type {Set<string>} keys that are on their way: neither sent again nor dropped */
  const flying = new Set();
  /** @type {Set<string>} keys that this page queued */
  const mine = new Set();

  /** @param {string} key */
  const textOf = (key) => storage.get(key) || '';

  /** List what waits, oldest first. */
  const list = () => storage.keys(QUEUE).sort();

  /** List what is not on its way, oldest first. @param {(key: string) => boolean} wanted */
  const waiting = (wanted) => list().filter((key) => !flying.has(key) && wanted(key));

  /** Count what waits: other tabs add and remove too. */
  const measure = () => {
    const keys = list();
    count = keys.length;
    chars = keys.reduce((sum, key) => sum + textOf(key).length, 0);
  };

  /** Tell how many events were ever lost in this browser. */
  const lostSoFar = () => /** @type {any} */ (storage.get(LOST)) | 0;

  /** Forget an event that has come to its end. @param {string} key */
  const remove = (key) => {
    mine.delete(key);
    storage.remove(key);
  };

  /** Lose an event. @param {string} key */
  const drop = (key) => {
    storage.set(LOST, String(lostSoFar() + 1));
    remove(key);
  };

  /** @param {number} length of the text to come */
  const isFull = (length) => count >= maxEvents || chars + length > maxChars;

  /** @param {number} length */
  const makeRoom = (length) => {
    measure();
    waiting(() => isFull(length)).some((key) => {
      count -= 1;
      chars -= textOf(key).length;
      drop(key);
      onDrop(idIn(key));
      return !isFull(length);
    });
  };

  return {
    flying,
    mine,
    list,
    waiting,
    textOf,
    measure,
    lostSoFar,
    remove,
    drop,
    /** Keep an event. @param {string} id @param {string} text @param {number} seq */
    add: (id, text, seq) => {
      if (isFull(text.length)) makeRoom(text.length);
      count += 1;
      chars += text.length;
      const key = `${QUEUE}${Date.now().toString(36)}.${1e6 + seq}.${id}`;
      mine.add(key);
      storage.defer(key, text);
    },
    /**
     * Choose the oldest events that are not on their way, up to a size.
     * @param {number} maxBytes @param {number} most @param {(key: string) => boolean} wanted
     */
    take: (maxBytes, most, wanted) =>
      waiting(wanted)
        .slice(0, most)
        .filter((key) => (maxBytes -= bytesOf(textOf(key)) + 1) >= 0),
  };
};

/** @typedef {ReturnType<typeof createQueue>} Queue */
