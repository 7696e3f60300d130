// @ts-check
/**
 * Empties the queue: batches, one request at a time, retries with back-off. An event leaves the queue when the
 * collector answered for it, never before: what is sent twice, the lake keeps once.
 *
 * A page sends what it queued itself; what has waited for FRESH_MS (its page is gone, or nobody could send) is any
 * tab's, one at a time.
 */
import { bytesOf } from './safe.js';
import { ageOf, idIn } from './queue.js';
import { post } from './transport.js';

const MAX_IN_FLIGHT_BYTES = 64_000; // of 65,536 a page: https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
const ENVELOPE_BYTES = 300;
const MAX_BATCH_EVENTS = 200;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
const FRESH_MS = 5_000;
const LOOK_AGAIN_MS = 1_000;

/** Tell whether the same batch may be taken later. @param {number} status */
const isPassing = (status) => !status || status > 499 || [408, 425, 429].includes(status);

/**
 * @param {import('../types/index.js').Options} options
 * @param {import('./queue.js').Queue} queue
 * @param {ReturnType<typeof import('./turns.js').createTurns>} takeTurn
 * @param {() => string} urlNow
 * @param {() => boolean} isOpen whether anything may be sent now
 * @param {(stage: import('../types/index.js').Stage, id: string, detail?: object) => void} notify
 */
export const createSender = (options, queue, takeTurn, urlNow, isOpen, notify) => {
  const { flying, mine } = queue;
  let flyingBytes = 0;
  let maxEvents = MAX_BATCH_EVENTS;
  let failures = 0;
  let notBefore = 0;
  let wasAsked = false; // the pause is the collector's own wish
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let dueAt = Infinity;
  /** @type {Promise<void> | undefined} */
  let running;

  const now = () => performance.now(); // a clock that nobody sets
  const maySend = () => isOpen() && now() >= notBefore;
  /** @param {string} key */
  const isMine = (key) => mine.has(key);
  /** @param {string} key */
  const isFresh = (key) => Math.abs(ageOf(key)) < FRESH_MS;
  /** @param {string} key */
  const isLeft = (key) => !isFresh(key);

  /** Send within so many ms. @param {number} ms */
  const soon = (ms) => {
    const at = Math.max(now() + ms, notBefore);
    if (at >= dueAt) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(flush, at - now());
  };

  /**
   * Send one batch. Resolves to whether the next may follow at once.
   * @param {string[]} keys
   * @param {boolean} [leaving]
   * @param {any} [texts]
   */
  const deliver = async (keys, leaving, texts = keys.map(queue.textOf)) => {
    const head = JSON.stringify({ writeKey: options.writeKey, sentAt: new Date() });
    const body = `${head.slice(0, -1)},"batch":[${texts}]}`;
    const bytes = bytesOf(body);
    flyingBytes += bytes;
    keys.forEach((key) => {
      flying.add(key);
      notify('sent', idIn(key));
    });
    const keepalive = flyingBytes <= MAX_IN_FLIGHT_BYTES;
    const answer = await post(urlNow(), options.credentials, body, keepalive, leaving);
    flyingBytes -= bytes;
    keys.forEach((key) => flying.delete(key));
    return settle(keys, answer);
  };

  /** @param {string[]} keys @param {import('./transport.js').Answer} answer */
  const settle = (keys, { status, wait, told }) => {
    if (isPassing(status)) {
      const backOff = Math.min(FIRST_RETRY_MS * 2 ** failures++, MAX_RETRY_MS);
      wasAsked = !!wait;
      notBefore = now() + Math.max(backOff * (0.5 + Math.random() / 2), wait || 0);
      keys.forEach((key) => notify('retry', idIn(key), { status }));
      soon(0);
      return false;
    }
    failures = 0;
    const isTooLarge = status === 413 && keys.length > 1;
    maxEvents = isTooLarge ? keys.length >> 1 : MAX_BATCH_EVENTS;
    if (!isTooLarge) keys.forEach((key, index) => end(key, status, told, told?.results?.[index]));
    return true;
  };

  /**
   * An event's end.
   * @param {string} key @param {number} status @param {any} told @param {any} result what the collector says of it
   */
  const end = (key, status, told, result) => {
    // What the collector itself refuses (400, or one of a batch) rests in `rejected_events`: it is not lost.
    if (status < 300 || status === 400) queue.remove(key);
    else queue.drop(key);
    const { reason = told?.code, detail = told?.message } = result || {};
    if (status > 299 || result?.status === 'rejected') notify('dropped', idIn(key), { reason, detail, status });
    else notify('stored', idIn(key));
  };

  /** Send batch after batch. @param {(key: string) => boolean} wanted */
  const empty = async (wanted) => {
    while (maySend()) {
      const keys = queue.take(MAX_IN_FLIGHT_BYTES - ENVELOPE_BYTES, maxEvents, wanted);
      if (!keys[0] || !(await deliver(keys))) break;
    }
    queue.measure();
  };

  const round = async () => {
    await empty((key) => isMine(key) && isFresh(key));
    if (maySend() && queue.waiting(isLeft)[0]) await takeTurn(() => empty(isLeft));
    running = undefined;
    if (isOpen() && queue.waiting(() => true)[0]) soon(LOOK_AGAIN_MS);
  };

  /** Send what waits. Resolves when it is sent, or when sending has to wait. @returns {Promise<void>} */
  const flush = () => {
    clearTimeout(timer);
    dueAt = Infinity;
    return (running ||= round());
  };

  return {
    flush,
    soon,
    /** Send one message past the queue, after what is in flight. Resolves to whether it arrived. @param {string} text */
    tell: (text) => flush().then(() => deliver([], false, text)),
    /** The network is back: try at once, unless the collector itself asked to wait. */
    retryNow: () => {
      if (!wasAsked) notBefore = 0;
      soon(Math.random() * FIRST_RETRY_MS);
    },
    /** The page may be gone in a moment: send what it queued, without waiting for turns or answers. */
    leave: () => {
      while (maySend()) {
        const keys = queue.take(MAX_IN_FLIGHT_BYTES - ENVELOPE_BYTES - flyingBytes, maxEvents, isMine);
        if (!keys[0]) return;
        deliver(keys, true);
      }
    },
  };
};

/** @typedef {ReturnType<typeof createSender>} Sender */
