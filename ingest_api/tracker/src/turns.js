// @ts-check
/**
 * One tab at a time sends what no tab has sent for a while. Web Locks where there are (https and localhost only:
 * https://w3c.github.io/web-locks/), else a lease in localStorage that ends by itself with a tab that died.
 *
 * A tab sees another's writes to localStorage some milliseconds late (measured in Chromium 156: two tabs that took
 * turns without a pause sent 34 of 40 events twice). So a turn begins with a pause.
 */
const LEASE = 'lease';
const LEASE_MS = 40_000; // longer than the longest request
const SETTLE_MS = 200;

/**
 * @param {string} name
 * @param {import('./storage.js').KeyValues} storage
 * @returns {(work: () => Promise<void>) => Promise<void>} does the work if it is this tab's turn: where another tab
 *   has a lease, that tab does it
 */
export const createTurns = (name, storage) => async (work) => {
  const settled = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  if (navigator.locks) {
    const locked = () => settled().then(work);
    return navigator.locks.request(name, locked).catch(locked); // refused: then no storage is shared either
  }
  const left = parseInt(/** @type {string} */ (storage.get(LEASE))) - Date.now(); // not a number: nobody has it
  if (left > 0 && left <= LEASE_MS) return;
  const lease = `${Date.now() + LEASE_MS} ${Math.random()}`;
  storage.set(LEASE, lease);
  await settled();
  if (storage.get(LEASE) !== lease) return;
  await work();
  storage.remove(LEASE);
};
