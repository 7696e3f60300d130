// @ts-check
/** Listeners on the widget's emitters, eventemitter3's (4.x) and mitt's (3.x), that can be taken back whole. */

/**
 * Listen; the function that is returned leaves no trace of it. mitt keeps an empty list behind, and the widget takes
 * that for a listener (`all.has`): it goes too.
 * @param {any} emitter @param {string} event @param {(data: any) => void} work
 */
export const listen = (emitter, event, work) => {
  emitter.on(event, work);
  return () => {
    emitter.off(event, work);
    emitter.all?.get(event)?.length || emitter.all?.delete(event);
  };
};

/**
 * Open the support page as the widget would have done: it does so only while nobody listens to `contactSupport`, so
 * our listening would stop it. Not where the site listens itself.
 * @param {any} emitter @param {string} event
 */
export const openSupport = (emitter, event) => {
  const { length } = emitter.listeners?.(event) ?? emitter.all.get(event);
  if (length < 2) window.open('https://help.li.fi', '_blank', 'nofollow noreferrer');
};
