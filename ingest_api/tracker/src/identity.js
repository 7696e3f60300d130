// @ts-check
import { newId } from './ids.js';
import { parsed } from './tried.js';

export const KEY = 'id';

/**
 * Make what reads who the visitor is, anew for each event: tabs agree.
 * @param {import('./storage.js').KeyValues} storage
 */
export const createIdentity =
  (storage) =>
  /** @param {{userId?: string}} [change] @returns {{anonymousId: string, userId?: string}} */
  (change) => {
    let ids = parsed(storage.get(KEY));
    if (!ids || change) storage.set(KEY, JSON.stringify((ids = { anonymousId: newId(), ...ids, ...change })));
    return ids;
  };
