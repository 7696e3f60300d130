// @ts-check
/**
 * Functions that never change, in front of a tracker that comes with the first effect and may go with the last: calls
 * made before wait, those after the end are lost with it.
 */

/** @typedef {import('../types/index.js').Tracker} Tracker */

const NAMES = 'track page identify group alias wallet consent reset flush stop on onDrop'.split(' ');

export const createLink = () => {
  /** @type {any} */
  let tracker;
  let key = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let ending;
  /** @type {((tracker: any) => void)[]} */
  let waiting = [];

  /** @param {string} name @returns {(...args: any[]) => any} */
  const calling = (name) => (...args) => {
    if (tracker) return tracker[name](...args);
    /** @type {Promise<any>} */
    const done = new Promise((resolve) => waiting.push((late) => resolve(late[name](...args))));
    return name.startsWith('on') ? () => void done.then((end) => end()) : done;
  };

  const end = () => {
    tracker?.stop();
    tracker = undefined;
  };

  /** @type {any} */
  const calls = Object.fromEntries(NAMES.map((name) => [name, calling(name)]));
  calls.collectEvent = (/** @type {{name: string, params?: object}} */ { name, params }) => calls.track(name, params);

  return {
    /** @type {import('../types/react.js').ReactTracker} */
    calls,
    /**
     * Put a tracker behind the functions. Returns the clean-up, which waits a moment: StrictMode takes an effect back
     * and makes it again at once, and that is no end.
     * @param {string} wanted what it is made of; the same keeps the one that is there
     * @param {() => Tracker} make
     */
    connect: (wanted, make) => {
      clearTimeout(ending);
      if (wanted !== key) end();
      key = wanted;
      tracker ??= make();
      waiting.splice(0).forEach((carryOut) => carryOut(tracker));
      return () => {
        ending = setTimeout(end);
      };
    },
  };
};
