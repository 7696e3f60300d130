// @ts-check
/** How long a page was in view, and how far it was scrolled: one event when it is left or hidden. */
const LEAST_MS = 1_000;

/** @param {import('./listening.js').Listen} listen @param {(properties: object) => void} report */
export const watchEngagement = (listen, report) => {
  let shownAt = 0;
  let scrolled = 0;

  /** Count from now, if the page is seen. */
  const begin = () => {
    shownAt = document.hidden ? Infinity : performance.now();
  };

  begin();
  listen(window, 'scroll', () => {
    const share = (scrollY + innerHeight) / document.documentElement.scrollHeight;
    scrolled = Math.max(scrolled, Math.min(100, Math.round(100 * share)));
  });
  return {
    begin,
    /** Report what there is, and begin anew. */
    commit: () => {
      const spent = performance.now() - shownAt;
      begin();
      if (spent < LEAST_MS) return;
      report({ engagement_ms: Math.round(spent), scroll_percent: scrolled });
      scrolled = 0;
    },
  };
};
