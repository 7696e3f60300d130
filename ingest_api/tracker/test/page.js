// @ts-check
/** As much of a page as the tracker's parts need in node: a window with storage. */

/**
 * A Storage: keys are its own properties, as in a browser; `setItem` throws where there is no room.
 * @param {number} [maxChars]
 * @returns {any}
 */
export const storageOf = (maxChars = Infinity) => {
  const lengthOf = (/** @type {any} */ area) => Object.entries(area).reduce((total, [key, value]) => total + key.length + value.length, 0);
  return Object.create({
    getItem(/** @type {string} */ key) {
      return Object.hasOwn(this, key) ? this[key] : null;
    },
    setItem(/** @type {string} */ key, /** @type {unknown} */ value) {
      if (lengthOf({ ...this, [key]: String(value) }) > maxChars) throw new DOMException('full', 'QuotaExceededError');
      this[key] = String(value);
    },
    removeItem(/** @type {string} */ key) {
      delete this[key];
    },
  });
};

/** Make it the page. @param {any} storage */
export const pageWith = (storage) => {
  globalThis.window = /** @type {any} */ (Object.assign(new EventTarget(), { localStorage: storage, sessionStorage: storage }));
};
