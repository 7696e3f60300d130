// @ts-check
/**
 * When a page is seen, hidden, left, and when it comes back from the back-forward cache.
 * @param {import('./listening.js').Listen} listen
 * @param {() => void} onSeen
 * @param {() => void} onHidden it may be gone in a moment
 * @param {() => void} onLeft
 * @param {() => void} onReturn
 */
export const watchLife = (listen, onSeen, onHidden, onLeft, onReturn) => {
  listen(document, 'visibilitychange', () => (document.hidden ? onHidden() : onSeen()));
  listen(document, 'freeze', onHidden);
  listen(window, 'pagehide', onLeft);
  listen(window, 'pageshow', (event) => event.persisted && onReturn());
};
