// @ts-check
/**
 * Clicks that HTML declares (`data-track="Name" data-track-from-chain="1"` → `Name`, `{from_chain: "1"}`), and
 * links that lead away. Only listens: navigation stays as it is.
 */

/**
 * @param {import('./listening.js').Listen} listen
 * @param {(name: string, properties: object) => void} track
 * @param {boolean | undefined} isOutbound whether links that lead away count too
 */
export const watchClicks = (listen, track, isOutbound) => {
  /** @param {MouseEvent} event */
  const onClick = (event) => {
    const [from] = /** @type {Element[]} */ (event.composedPath());
    if (event.button > 1 || !from.closest) return;
    const element = from.closest('[data-track]') || /** @type {Element} */ (event.target).closest('[data-track]');
    if (element) return declared(element);
    const link = /** @type {HTMLAnchorElement | null} */ (from.closest('a[href^=http]'));
    if (!isOutbound || !link || link.hostname === location.hostname) return;
    track('outbound_click', { link_url: link.href, link_domain: link.hostname, link_text: link.innerText });
  };

  /** @param {Element} element */
  const declared = (element) => {
    /** @type {Record<string, string>} */
    const properties = {};
    for (const { name, value } of element.attributes) {
      if (name.startsWith('data-track-')) properties[name.slice(11).replace(/-/g, '_')] = value;
    }
    track(element.getAttribute('data-track') || 'click', properties);
  };

  listen(window, 'click', onClick);
  listen(window, 'auxclick', onClick);
};
