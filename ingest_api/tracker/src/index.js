// @ts-check
/** What the package exports: a tracker where there is a page, and one that does nothing where there is none. */
import { createTracker as create } from './tracker.js';

const nothing = async () => {};
const never = () => nothing;

/** @type {import('../types/index.js').Tracker} */
const inert = {
  track: nothing,
  page: nothing,
  identify: nothing,
  group: nothing,
  alias: nothing,
  wallet: nothing,
  consent: nothing,
  reset: nothing,
  flush: nothing,
  stop: nothing,
  on: never,
  onDrop: never,
};

/** @type {typeof import('../types/index.js').createTracker} */
export const createTracker = (options) => (typeof window === 'undefined' ? inert : create(options));
