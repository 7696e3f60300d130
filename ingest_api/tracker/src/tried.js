// @ts-check
/**
 * Do what may throw: storage that is refused, a getter of the page.
 * @template T, U
 * @param {() => T} work
 * @param {U} [otherwise]
 * @returns {T | U | undefined}
 */
export const tried = (work, otherwise) => {
  try {
    return work();
  } catch {
    return otherwise;
  }
};

/**
 * Read JSON of ours. An empty text would throw, and that costs more than all else of an event (measured).
 * @param {string | null | undefined} text
 * @returns {any} undefined where there is none or it is damaged
 */
export const parsed = (text) => (text ? tried(() => JSON.parse(text)) : undefined);
