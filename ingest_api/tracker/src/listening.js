// @ts-check
/**
 * @typedef {(target: EventTarget, kind: string, work: (event: any) => void) => void} Listen
 */

/**
 * Make a function that adds listeners, first and passive: they see what a page's own handlers stop, and change nothing.
 * @param {(() => void)[]} undo takes what removes each
 * @param {<F extends (...args: any[]) => any>(work: F) => F} guarded
 * @returns {Listen}
 */
export const createListening = (undo, guarded) => (target, kind, work) => {
  const options = { capture: true, passive: true };
  const safe = guarded(work);
  target.addEventListener(kind, safe, options);
  undo.push(() => target.removeEventListener(kind, safe, options));
};
