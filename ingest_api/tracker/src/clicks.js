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
    if (event.button > 1) return;
    const path = /** @type {any[]} */ (event.composedPath()); // through shadow roots, too
    const element = path.find(({ dataset }) => dataset?.track);
    if (element) return declared(element);
    const link = path.find(({ tagName }) => tagName === 'A');
    if (!isOutbound || !link || !/^http/.test(link.href) || link.hostname === location.hostname) return;
    track('outbound_click', { link_url: link.href, link_domain: link.hostname, link_text: link.innerText });
  };

  /** @param {HTMLElement} element */
  const declared = ({ attributes, dataset }) => {
    /** @type {Record<string, string>} */
    const properties = {};
    for (const { name, value } of attributes) {
      if (name.startsWith('data-track-')) properties[name.slice(11).replace(/-/g, '_')] = value;
    }
    track(/** @type {string} */ (dataset.track), properties);
  };

  listen(window, 'click', onClick);
  listen(window, 'auxclick', onClick);
};
