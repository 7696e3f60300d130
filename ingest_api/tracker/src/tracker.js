// @ts-check
/**
 * The tracker: `createTracker(options)` returns functions. What goes wrong inside never reaches the page; each event
 * that is lost is counted, told to `onDrop`, and reported with the next event.
 */
import { watchClicks } from './clicks.js';
import { watchEngagement } from './engagement.js';
import { createGuard } from './guard.js';
import { createIdentity, KEY } from './identity.js';
import { newId } from './ids.js';
import { watchLife } from './life.js';
import { createListening } from './listening.js';
import { messageOf, pageNow, surroundings } from './messages.js';
import { watchPages } from './pages.js';
import { createQueue, idIn, MAX_EVENTS } from './queue.js';
import { encoded } from './safe.js';
import { createSender } from './sender.js';
import { createStorage } from './storage.js';
import { parsed } from './tried.js';
import { createTurns } from './turns.js';

/** @typedef {import('../types/index.js').Message} Message */

const GATHER_MS = 300; // how long events wait for others to fill a batch
const WITHDRAWN = 'withdrawn'; // key: the collector has not heard of it yet

/**
 * @param {import('../types/index.js').Options} wishes
 * @returns {import('../types/index.js').Tracker}
 */
export const createTracker = (wishes) => {
  const options = {
    host: '',
    path: '/v1/batch',
    pages: true,
    clicks: true,
    outbound: true,
    storageKey: '_t',
    ...wishes,
  };
  /** @type {Set<import('../types/index.js').Listener>} */
  const listeners = new Set();
  /** @type {(() => void)[]} */
  const undo = [];
  /** @type {Message[]} messages that wait for consent, or for the page to be seen */
  let held = [];
  let isStopped = false;
  /** @type {Record<string, unknown> | undefined} */
  let wallet;
  // The tab's id and the number of its events so far: a gap is an event that the collector never saw.
  let tabId = newId();
  let seq = 0;
  const pageId = newId(); // start of this page's message ids
  let calls = 0;
  const constant = surroundings();

  const guarded = createGuard(options.debug);
  const listen = createListening(undo, guarded);

  /** @type {(stage: import('../types/index.js').Stage, id: string, detail?: object) => void} */
  const notify = (stage, id, detail) =>
    listeners.forEach((listener) => guarded(listener)({ stage, id, ...detail }));

  /** @param {string} id @param {string} reason */
  const lose = (id, reason) => notify('dropped', id, { reason });

  const choices = createStorage('localStorage', options.storageKey + '-'); // to keep the choice needs no consent
  const storage = createStorage('localStorage', options.storageKey + '.');
  const tabStorage = createStorage('sessionStorage', options.storageKey + '.');
  const queue = createQueue(storage, (id) => lose(id, 'queue_full'));

  /** @returns {import('../types/index.js').Consent | null | undefined} */
  const choice = () => parsed(choices.get('consent'));

  /** Tell what may be done with events: true: queue and send, false: nothing, undefined: hold them in memory. */
  const isAllowed = () => choice()?.analytics ?? (options.consent ? undefined : true);

  /** The choice as events carry it. */
  const consented = () => choice() && { categoryPreferences: choice() };

  /** Tell whether nobody looks at this page yet. */
  const isPrerendered = () => /** @type {any} */ (document).prerendering;

  const sender = createSender(
    options,
    queue,
    createTurns(options.storageKey, storage),
    () => options.host + options.path + (listeners.size ? '?verbose=1' : ''),
    () => !isStopped && !!isAllowed() && navigator.onLine,
    notify,
  );

  const identity = createIdentity(storage);

  /** @param {Message} message */
  const enqueue = (message) => {
    message.context.tab = { id: tabId, seq: ++seq, lost: queue.lostSoFar() };
    queue.add(message.messageId, encoded(message), seq);
    notify('queued', message.messageId, { message });
    sender.soon(GATHER_MS);
  };

  /**
   * Make a message of a call, and queue, hold or refuse it.
   * @param {Message['type']} type
   * @param {object} fields
   * @param {import('../types/index.js').CallOptions} [wish]
   */
  const emit = (type, fields, wish) => {
    if (isStopped) return lose('', 'stopped');
    if (isAllowed() === false) return settle(), lose('', 'consent'); // perhaps said in another tab
    const known = {
      ...constant,
      page: pageNow(pages?.page()?.referrer),
      consent: consented(),
      wallet: wallet && { ...wallet, address: undefined },
    };
    const message = messageOf(type, { messageId: `${pageId}-${++calls}`, ...identity(), ...fields }, known, wish);
    if (isAllowed() && !isPrerendered()) return enqueue(message);
    held.push(message);
    if (held.length > MAX_EVENTS) lose(/** @type {Message} */ (held.shift()).messageId, 'queue_full');
  };

  /** Do what consent, and the page's being seen, allow now. */
  const settle = () => {
    const ready = held;
    if (isAllowed()) {
      storage.open();
      if (isPrerendered()) return;
      held = [];
      ready.forEach(enqueue);
      sender.soon(GATHER_MS);
    } else if (isAllowed() === false) {
      held = [];
      ready.forEach(({ messageId }) => lose(messageId, 'consent'));
      queue.list().forEach((key) => lose(idIn(key), 'consent'));
      storage.close();
      tabStorage.close();
    }
  };

  /**
   * Tell the collector that consent is withdrawn, by a last call that names nobody: it takes its cookie away, which no
   * script can reach, and keeps back what was not forwarded yet. Kept until it is heard.
   */
  const withdraw = async () => {
    const last = { messageId: newId(), anonymousId: newId() };
    const text = choices.get(WITHDRAWN) || JSON.stringify(messageOf('identify', last, { consent: consented() }));
    choices.set(WITHDRAWN, text);
    if (await sender.tell(text)) choices.remove(WITHDRAWN);
  };

  /**
   * Go on counting where the tab's last page stopped. The number rests in sessionStorage only between two pages: a
   * duplicated tab copies what is there.
   */
  const resume = () => {
    tabStorage.open();
    [tabId, seq] = parsed(tabStorage.get('tab')) || [tabId, seq];
    tabStorage.remove('tab');
  };

  /** @type {ReturnType<typeof watchPages> | undefined} */
  let pages;
  /** @type {ReturnType<typeof watchEngagement> | undefined} */
  let engagement;

  const leave = () => {
    pages?.commit();
    engagement?.commit();
    sender.leave();
  };

  /** Leave the page, and its number to the tab's next page. */
  const park = () => {
    leave();
    if (isAllowed()) tabStorage.set('tab', JSON.stringify([tabId, seq]));
  };

  /** @param {string} event @param {object} [properties] @param {import('../types/index.js').CallOptions} [wish] */
  const track = (event, properties, wish) => emit('track', { event: String(event), properties }, wish);

  const watch = () => {
    const onSeen = () => {
      engagement?.begin();
      sender.soon(0);
    };
    watchLife(listen, onSeen, leave, park, () => {
      // Where the page after this one stopped cannot be read yet: count anew.
      [tabId, seq] = [newId(), 0];
      pages?.again();
      sender.soon(0);
    });
    listen(window, 'online', sender.retryNow);
    if (options.engagement) {
      engagement = watchEngagement(listen, (properties) => {
        track('page_engagement', properties, { context: { page: pages?.page() || pageNow() } });
      });
    }
    if (options.clicks) watchClicks(listen, track, options.outbound);
    if (options.pages) {
      /** @param {object} page @param {string} timestamp */
      const view = (page, timestamp) => emit('page', { timestamp }, { context: { page } });
      pages = watchPages(listen, undo, guarded(view), () => engagement?.commit());
    }
  };

  const start = () => {
    if (isAllowed()) resume();
    settle();
    if (isAllowed()) identity(); // made now, so that a tab opened in a moment finds it
    queue.measure();
    watch();
    if (choices.get(WITHDRAWN)) withdraw();
  };

  /** @param {import('../types/index.js').Listener} listener */
  const on = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  /** @type {Record<string, (...args: any[]) => any>} */
  const functions = {
    track,
    page: (...args) => {
      pages?.cancel(); // the site says itself what the tracker was about to say
      const properties = typeof args.at(-1) === 'object' ? args.pop() : undefined;
      emit('page', { name: args.pop(), category: args.pop(), properties });
    },
    identify: (userId, traits, wish) => {
      if (typeof userId === 'object') [userId, traits] = [undefined, userId];
      if (userId !== undefined) identity({ userId: String(userId) });
      emit('identify', { traits }, wish);
    },
    group: (groupId, traits, wish) => emit('group', { groupId, traits }, wish),
    alias: (userId, previousId) => {
      const before = identity();
      if (userId) identity({ userId: String(userId) });
      emit('alias', { previousId: previousId || before.userId || before.anonymousId });
    },
    wallet: (address, chain, more) => {
      const before = wallet;
      wallet = address ? { address, chain, ...more } : undefined;
      if (before?.address === wallet?.address && before?.chain === wallet?.chain) return;
      emit('identify', { traits: { wallet: { ...(wallet || before), connected: !!wallet } } });
    },
    consent: (state) => {
      const wasAllowed = isAllowed();
      const all = state === 'granted';
      if (all || state === 'denied') state = { analytics: all, advertising: all };
      if (typeof state === 'object') choices.set('consent', JSON.stringify(state));
      if (isAllowed()) tabStorage.open();
      settle();
      if (wasAllowed && !isAllowed()) withdraw();
    },
    reset: () => {
      storage.remove(KEY);
      wallet = undefined;
    },
    flush: sender.flush,
    on,
    onDrop: (listener) => on((event) => event.stage === 'dropped' && listener(event)),
    stop: () => {
      if (isStopped) return;
      park();
      undo.forEach((restore) => restore());
      isStopped = true; // a timer that still runs finds nothing to do
    },
  };

  guarded(() => {
    if (options.debug) on(({ stage, id, ...detail }) => console.log('[tracker]', stage, id, detail));
    choices.open();
    if (!isPrerendered()) return start();
    listen(document, 'prerenderingchange', start);
  })();

  for (const name in functions) functions[name] = guarded(functions[name]);
  return /** @type {any} */ (functions);
};
