// @ts-check
/** A page for tests: a window with a storage and a record of what it opened; a tracker that keeps what it is told. */
import { encoded } from '../../src/safe.js';

export const createStorage = () => {
  const items = new Map();
  return /** @type {any} */ ({ getItem: (/** @type {string} */ key) => items.get(key) ?? null, setItem: items.set.bind(items) });
};

/** @param {object} [more] */
export const openPage = (more) => {
  const opened = /** @type {string[][]} */ ([]);
  const page = Object.assign(new EventTarget(), { localStorage: createStorage(), opened, open: (/** @type {string[]} */ ...how) => opened.push(how), ...more });
  globalThis.window = /** @type {any} */ (page);
  return page;
};

/** Keeps each call as the JSON that the tracker would send. */
export const createRecorder = () => {
  /** @type {{ event: string, properties: any }[]} */
  const events = [];
  /** @type {any[][]} */
  const wallets = [];
  /** @type {(string | undefined)[]} of each event, where its caller knew it better */
  const times = [];
  return {
    events,
    times,
    wallets,
    names: () => events.map(({ event }) => event),
    last: () => events.at(-1)?.properties,
    track: (/** @type {string} */ event, /** @type {any} */ properties, /** @type {any} */ options) => {
      times.push(options?.timestamp);
      const sent = JSON.parse(encoded(/** @type {any} */ ({ type: 'track', messageId: 'm', timestamp: '', context: {}, event, properties })));
      events.push({ event: sent.event, properties: sent.properties });
    },
    wallet: (/** @type {any[]} */ ...call) => void wallets.push(call),
  };
};
