// @ts-check
/**
 * The LI.FI widget's events → the tracker. `lifi(tracker, options)` listens; `stop()` leaves no listener behind.
 *
 * It takes both emitters (eventemitter3's of 4.x, mitt's of 3.x), never throws into the widget, and changes nothing
 * that the page does. Names and rules are the catalogue's; tests hold the two together.
 */
import { createExecutions } from './executions.js';
import { FLAT } from './flat.js';
import { formHandlers } from './form.js';
import { listen, openSupport } from './listen.js';
import { pick, snake } from './names.js';
import { actionOf } from './route.js';
import { createWallets } from './wallets.js';

/** @typedef {(event: string, data: any, by?: string, more?: object, when?: At) => void} Report */
/** @typedef {[variant: string | undefined, timestamp: string]} At what holds at the act, though it be reported later */

/** An event holds 30 kB with its context. Of a longer list three stay, of a route with its rivals the route. */
const MAX_PAYLOAD_CHARS = 24_000;
const GESTURE_MS = 1_500; // what happens so soon after a touch, a key or an input is taken as the visitor's
/** pageEntered, widgetExpanded, reviewTransactionPageEntered: again with StrictMode and effects, while nothing changed. */
const ON_CHANGE = /^(pa|wi|re)/;
/** All that a private variant reports: availableRoutes, routeExecutionStarted, …Completed and …Failed. */
const PRIVATE = /^(av|routeExecution[SCF])/;
/** What Jumper never reports: appearanceChanged, contactSupport, navigationTabChanged, tokensReversed, and those above. */
const ONLY_HERE = /^(ap|co|na|pa|re|tokensR)/;

/**
 * @param {Pick<import('../types/index.js').Tracker, 'track'> & Partial<import('../types/index.js').Tracker>} tracker
 * @param {import('../types/lifi.js').LifiOptions} [options]
 * @returns {import('../types/lifi.js').LifiAdapter}
 */
export const lifi = (tracker, options = {}) => {
  /** @type {(() => void)[]} */
  const undo = [];
  /** @type {Record<string, string>} what was reported last */
  const last = {};
  /** @type {string | undefined} */
  let tab;
  let gestureAt = 0;
  let startedAt = 0;

  /** @param {number} instant */
  const isFresh = (instant) => Date.now() - instant < GESTURE_MS;
  const origin = () => (isFresh(gestureAt) ? 'user' : 'auto');
  /** @returns {At} */
  const at = () => [options.variant ?? tab, new Date().toISOString()];

  /** @type {Report} */
  const report = (event, data, by, more, [widget_variant, timestamp] = at()) => {
    const isPrivate = widget_variant === 'private';
    if ((isPrivate && !PRIVATE.test(event)) || (options.counts === 'jumper' && !ONLY_HERE.test(event))) return;
    tracker.track('lifi_' + snake(event), {
      ...FLAT[event]?.(data),
      ...more,
      widget_variant,
      widget_version: options.version,
      origin: by ?? origin(),
      adapter: 'lifi',
      payload: isPrivate || typeof data !== 'object' ? undefined : sizeOf(data) < MAX_PAYLOAD_CHARS ? data : (data.route ?? data.slice?.(0, 3)),
    }, { timestamp });
  };

  const [ofWallet, account, forgetAccount] = createWallets(tracker, report, at);
  const [ofForm, settleAll] = formHandlers(report, origin, at);
  const execution = createExecutions(options.storage);

  /** @param {any} data @param {string} event */
  const onExecution = (data, event) => {
    const { id } = data.route ?? data;
    const name = event.slice('routeExecution'.length);
    const isStart = name === 'Started';
    if (isStart) startedAt = Date.now();
    const attempt = execution(id, name === 'Updated' ? JSON.stringify(pick(FLAT[event](data), /^action/)) : name, /LED$/.test(actionOf(data)?.status));
    attempt && report(event, data, isStart ? 'user' : 'auto', { attempt });
  };

  /** @param {any} data @param {string} event */
  const plainly = (data, event) => {
    tab = data?.tab ?? tab; // navigationTabChanged
    if (!ON_CHANGE.test(event) || last[event] !== (last[event] = JSON.stringify(data))) report(event, data);
  };

  /** @type {Record<string, (data: any, event: string, isStarting: boolean) => void>} */
  const special = { ...ofForm, ...ofWallet };

  /** @param {any} emitter @param {string} event */
  const follow = (emitter, event) => {
    emitter && undo.push(listen(emitter, event, (/** @type {any} */ data) => {
      try {
        if (event === 'contactSupport') openSupport(emitter, event);
        (special[event] ?? (/Exec/.test(event) ? onExecution : plainly))(data, event, isFresh(startedAt));
      } catch (error) {
        options.onError?.(error);
      }
    }));
  };

  for (const event of new Set([...Object.keys(FLAT), ...Object.values({ ...options.events })])) {
    follow(options.widget, event);
    follow(options.wallet, event);
  }
  const end = new AbortController();
  /** @param {string} kind @param {() => void} work before the page's own, and before the tracker sends what is there */
  const watch = (kind, work) => globalThis.window?.addEventListener(kind, work, { capture: true, signal: end.signal });
  const note = () => (gestureAt = Date.now());
  watch('pointerdown', note);
  watch('keydown', note);
  watch('input', note); // pasted, dictated
  watch('visibilitychange', settleAll);
  undo.push(settleAll, forgetAccount, () => end.abort());
  return { account, stop: () => undo.splice(0).forEach((restore) => restore()) };
};

/** @param {unknown} data */
const sizeOf = (data) => JSON.stringify(data, (_, value) => (typeof value === 'bigint' ? 0 : value)).length;
