// @ts-check
/**
 * The page's storage, with memory where it is refused or full. Never throws.
 *
 * A site's own data come first: where all that the origin keeps is over MAX_CHARS, what is ours stays in memory.
 * Browsers give an origin 2.6 to 5.2 million characters. Counted anew for each STEP of ours: to try how much more
 * would fit, by writing it, kept the page for milliseconds (measured).
 */
import { tried } from './tried.js';

const MAX_CHARS = 2_000_000;
const STEP = 1 << 16;

/**
 * @param {'localStorage' | 'sessionStorage'} kind
 * @param {string} prefix of each key of ours
 */
export const createStorage = (kind, prefix) => {
  /** @type {Map<string, string>} */
  const memory = new Map();
  /** @type {any} the page's Storage, where it may be used */
  let area;
  let room = 0;

  /** @param {string} key */
  const remove = (key) => {
    memory.delete(key);
    tried(() => area.removeItem(prefix + key));
  };

  /** @param {number} length */
  const hasRoom = (length) => {
    room -= length;
    if (room < 0) {
      const used = tried(() => String(Object.entries(area)).length, MAX_CHARS);
      room = /** @type {number} */ (used) < MAX_CHARS ? STEP : 0;
    }
    return room > 0;
  };

  /** Keep a value. @param {string} key @param {string} value */
  const set = (key, value) => {
    memory.delete(key);
    if (tried(() => !area.setItem(prefix + key, value))) return;
    remove(key);
    memory.set(key, value);
  };

  /** Write what is in memory, where that leaves the site its room. @param {string} key */
  const keep = (key) => {
    const value = memory.get(key);
    if (value && hasRoom(value.length)) set(key, value);
  };

  /** List our keys, those in the page's storage and those in memory. @param {string} start @returns {string[]} */
  const keys = (start) => {
    /** @type {string[]} */
    const own = tried(() => Object.keys(area)) || [];
    const found = own.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    return [...found, ...memory.keys()].filter((key) => key.startsWith(start));
  };

  return {
    /** @param {string} key @returns {string | null | undefined} */
    get: (key) => memory.get(key) || tried(() => area.getItem(prefix + key)),
    set,
    /**
     * Keep a value in memory, and write it when the page's task ends, before anything else can happen to the page. To
     * write takes longer than all else that an event needs, and nobody has to wait for it (measured).
     * @param {string} key @param {string} value
     */
    defer: (key, value) => {
      memory.set(key, value);
      queueMicrotask(() => keep(key));
    },
    remove,
    keys,
    /** Use the page's storage from now on, if it lets us; what was in memory moves there. */
    open: () => {
      area ||= tried(() => window[kind]);
      [...memory.keys()].forEach(keep);
    },
    /** Remove what is ours and use memory from now on. */
    close: () => {
      keys('').forEach(remove);
      area = undefined;
    },
  };
};

/** @typedef {ReturnType<typeof createStorage>} KeyValues */
