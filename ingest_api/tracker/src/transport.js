// @ts-check
/** One batch to the collector, and what became of it. */
const TIMEOUT_MS = 30_000;
const MAX_WAIT_MS = 3_600_000;

/**
 * @typedef {object} Answer
 * @property {number} status 0: none came
 * @property {number} [wait] how many ms the collector asks to wait
 * @property {any} [told] its JSON
 */

/**
 * Read Retry-After as ms. A date, which neither the collector nor the usual proxies send, is none.
 * @param {string | null} value
 */
export const waitOf = (value) => Math.min(/** @type {any} */ (value) * 1000 || 0, MAX_WAIT_MS);

/**
 * Post as text/plain: a browser asks no permission (preflight) for it on another origin, and the collector reads
 * bodies by their bytes. The write key is in the body.
 * @param {string} url
 * @param {RequestCredentials | undefined} credentials
 * @param {string} body
 * @param {boolean} keepalive
 * @param {boolean | undefined} leaving
 * @returns {Promise<Answer>}
 */
export const post = async (url, credentials, body, keepalive, leaving) => {
  // Lists of content blockers stop each beacon to another site, and it returns true all the same: so only where
  // a request could not outlive its page otherwise.
  if (leaving && !('keepalive' in Request.prototype)) return { status: navigator.sendBeacon(url, body) ? 202 : 0 };
  try {
    const signal = AbortSignal.timeout?.(TIMEOUT_MS);
    const response = await fetch(url, { method: 'POST', body, keepalive, credentials, signal });
    const told = await response.json().catch(() => {});
    return { status: response.status, wait: waitOf(response.headers.get('Retry-After')), told };
  } catch {
    return { status: 0 };
  }
};
