// @ts-check
/** What the form says: one act gives many of its events, and its own doings give some more. */
import { settingParams } from './flat.js';
import { pick } from './names.js';
import { offerParams } from './route.js';

const PAUSE_MS = 1_000; // the value of a field, not each character; where a switch ends, not each click on the way
/** The widget's own book-keeping, and the mirror of a list that is reported. */
const NOT_THEIRS = /^(_|disabled|la)/;

/** @param {import('./lifi.js').Report} report @param {() => string} origin @param {() => import('./lifi.js').At} at */
export const formHandlers = (report, origin, at) => {
  /** @type {Record<string, [timer: any, before: any, act: () => void]>} */
  const waiting = {};
  /** @type {Record<string, unknown>} the form as its events tell it: an offer of no routes says nothing of it */
  const form = {};
  /** @type {Record<string, number>} those that were reported */
  const offers = {};
  let searched = '';

  /** @param {string} key */
  const settle = (key) => {
    const [timer, , act] = waiting[key];
    clearTimeout(timer);
    delete waiting[key];
    act();
  };

  /**
   * Report what a burst came to, once it pauses; `more` are its parameters, nothing if it came to nothing.
   * @param {string} key @param {string} event @param {any} data @param {string} by @param {(before: any) => object | false | null} more
   */
  const pause = (key, event, data, by, more) => {
    const [timer, before = data.oldValue] = waiting[key] ?? [];
    clearTimeout(timer);
    const when = at();
    const act = () => {
      const params = more(before);
      params && report(event, data, by, params, when);
    };
    waiting[key] = [setTimeout(settle, PAUSE_MS, key), before, act];
  };

  /** @type {Record<string, (data: any, event: string, isStarting: boolean) => void>} */
  const handlers = {
    formFieldChanged: (data, event, isStarting) => {
      const { fieldName, newValue } = data;
      form[fieldName] = newValue;
      // A start clears the amount: nobody did that.
      pause(fieldName, event, data, isStarting && !newValue ? 'auto' : origin(), (before) => (before ?? '') !== (newValue ?? '') && {});
    },

    settingUpdated: ({ oldSettings, ...data }, event) => {
      const by = origin();
      if (NOT_THEIRS.test(data.setting)) return;
      pause('_' + data.setting, event, data, by, (before) => {
        const diff = settingParams(before, data.newValue);
        return before !== data.newValue && diff.new_setting_value !== '' && { ...diff, value_origin: by === 'auto' ? 'default' : by };
      });
    },

    tokenSearch: (data, event) =>
      pause('', event, data, 'user', () => {
        const isNew = data.value && data.value !== searched;
        searched = data.value;
        return isNew && {};
      }),

    // Routes come again with every refetch: once for a source, a destination and an amount.
    availableRoutes: (routes, event) => {
      const key = JSON.stringify(routes[0] ? pick(offerParams(routes), /(id|address|amount)$/) : pick(form, /^(from|to)/));
      offers[key] || report(event, routes, 'auto');
      offers[key] = 1;
    },
  };
  return /** @type {const} */ ([handlers, () => Object.keys(waiting).forEach(settle)]);
};
