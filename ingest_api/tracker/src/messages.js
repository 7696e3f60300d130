// @ts-check
/** A call of the page → a message in the form of the Segment spec, which the collector speaks. */
/** When calls happen that are replayed: those made before the script was there. */
export const clock = { ms: 0 };

/**
 * Describe the page.
 * @param {string} [referrer] where it is not the document's own: after a navigation inside the page
 */
export const pageNow = (referrer = document.referrer) => {
  const { href, pathname, search } = location;
  return { url: href, path: pathname, search, title: document.title, referrer };
};

/** Describe what stays the same while the page is there. */
export const surroundings = () => {
  const { width, height } = screen;
  return { library: { name: 'm.js', version: '0.1.0' }, locale: navigator.language, screen: { width, height } };
};

/**
 * @param {import('../types/index.js').Message['type']} type
 * @param {object} fields of this type, and ids
 * @param {object} context what the tracker knows
 * @param {import('../types/index.js').CallOptions} [wish] of the caller
 * @returns {any} a message
 */
export const messageOf = (type, fields, context, wish) => ({
  type,
  timestamp: new Date(clock.ms || Date.now()).toISOString(),
  ...fields,
  ...wish,
  context: { ...context, ...wish?.context },
});
