// @ts-check
/**
 * How each execution of a route stands, so that every attempt has one end.
 *
 * "Try again" goes on under the same route id with no second start: an update after a failure begins the next
 * attempt. A reload goes on too, and two tabs may follow one route: so the newest are kept in the page's storage,
 * route ids and their state, nothing of the visitor. Where there is no storage they live as long as the page.
 */

const KEY = '_lifi';
const MAX_ROUTES = 30;

/** @param {Storage | null} [storage] none: the page's */
export const createExecutions = (storage) => {
  /** @type {[id: string, attempt: number, state: string][]} newest last */
  let kept = [];

  /**
   * Take a route to its next state.
   * @param {string} id @param {string} state Started, Completed, Failed, or the action that is under way
   * @param {boolean} isFailure of the action
   * @returns {number | undefined} which attempt this is; undefined: what repeats its state or follows an end does not count
   */
  return (id, state, isFailure) => {
    /** @type {any} */
    let store;
    try {
      store = storage === undefined ? window.localStorage : storage;
      kept = JSON.parse(store.getItem(KEY)) ?? kept;
    } catch {} // refused, not ours, or none
    const [, attempt = 0, before] = kept.find(([one]) => one === id) ?? [];
    const isStart = state === 'Started';
    if (!isStart && (before === state || before === 'Completed' || (before === 'Failed' && isFailure))) return;
    const now = attempt + +(!attempt || isStart || before === 'Failed');
    kept = [...kept.filter(([one]) => one !== id).slice(1 - MAX_ROUTES), [id, now, state]];
    try {
      store.setItem(KEY, JSON.stringify(kept));
    } catch {} // refused or full
    return now;
  };
};
