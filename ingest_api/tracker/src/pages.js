// @ts-check
/**
 * One page view for each navigation, with any router: it listens to the History API and to the hash.
 *
 * Routers set the title after the address, so a view waits a moment for it; its time and address are those of the
 * navigation. A `replaceState` right after (a redirect) is the same navigation, one that only changes the query
 * (widgets keep their form there) is none.
 */
import { pageNow } from './messages.js';

const TITLE_MS = 200;

/**
 * @param {import('./listening.js').Listen} listen
 * @param {(() => void)[]} undo takes what restores the page
 * @param {(page: ReturnType<typeof pageNow>, timestamp: string) => void} onView
 * @param {() => void} onLeave before another page begins
 */
export const watchPages = (listen, undo, onView, onLeave) => {
  let route = '';
  let search = '';
  /** @type {ReturnType<typeof pageNow> | undefined} the page of the last view */
  let page;
  let timestamp = ''; // of the view that waits for its title; empty: none does
  /** @type {any} */
  let timer;
  const observer = new MutationObserver(() => document.title !== page?.title && commit());

  /** Forget the view that waits for its title. */
  const cancel = () => {
    clearTimeout(timer);
    observer.disconnect();
    timestamp = '';
  };

  /** Report the view that waits for its title. */
  const commit = () => {
    const at = timestamp;
    cancel();
    if (!at || !page) return;
    if (location.href === page.url) page.title = document.title;
    onView(page, at);
  };

  const begin = () => {
    commit();
    onLeave();
    page = pageNow(page?.url);
    timestamp = new Date().toISOString();
    timer = setTimeout(commit, TITLE_MS);
    observer.observe(document.head, { subtree: true, childList: true, characterData: true });
  };

  /** @param {unknown} isNew false: the entry of the history is the one of before */
  const look = (isNew) => {
    const { pathname, hash } = location;
    const before = route + search;
    const wasRoute = route;
    // `#/…` and `#!…` are routes, other fragments are places in a page.
    route = pathname + (/^#[/!]/.test(hash) ? hash : '');
    search = location.search;
    if (timestamp && !isNew) page = pageNow(page?.referrer);
    else if (isNew ? route + search !== before : route !== wasRoute) begin();
  };

  /** @type {('pushState' | 'replaceState')[]} */
  const names = ['pushState', 'replaceState'];
  for (const name of names) {
    const original = history[name];
    let isOn = true;
    /** @type {typeof original} */
    const patched = (...args) => {
      original.apply(history, args);
      if (isOn) look(name === 'pushState');
    };
    history[name] = patched;
    undo.push(() => {
      isOn = false; // another script may have wrapped ours since: then it stays, and does nothing
      if (history[name] === patched) history[name] = original;
    });
  }
  listen(window, 'popstate', look);
  listen(window, 'hashchange', look);
  undo.push(cancel);
  look(true);

  return {
    commit,
    cancel,
    /** Count the page anew: it came back from the back-forward cache. */
    again: begin,
    /** The page of the last view. */
    page: () => page,
  };
};
