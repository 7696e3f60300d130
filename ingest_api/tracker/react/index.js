'use client'; // so that server components (a layout of Next.js, say) can render the provider
// @ts-check
/** React's side: it owns the tracker's life, and gives components functions that never change. */
import { createContext, createElement, useContext, useEffect, useState } from 'react';
import { createTracker } from '../src/index.js';
import { createLink } from './link.js';

/** @typedef {import('../types/react.js').ReactTracker} ReactTracker */

const Context = createContext(/** @type {ReactTracker | undefined} */ (undefined));

/** Without a provider: the script tag's tracker, once it is there. */
const ofScript = createLink();

/** @type {typeof import('../types/react.js').TrackerProvider} */
export const TrackerProvider = ({ children, tracker, ...options }) => {
  const [link] = useState(createLink);
  const wanted = tracker ? 'given' : JSON.stringify(options);
  useEffect(() => {
    // One that was given is its maker's to stop.
    const make = () => (tracker ? { ...tracker, stop: () => {} } : createTracker(JSON.parse(wanted)));
    return link.connect(wanted, make);
  }, [link, tracker, wanted]);
  return createElement(Context.Provider, { value: link.calls }, children);
};

/** @type {typeof import('../types/react.js').useTracker} */
export const useTracker = () => {
  const own = useContext(Context);
  useEffect(() => {
    const page = /** @type {any} */ (window);
    if (!own && page.analytics) ofScript.connect('script', () => page.analytics);
  }, [own]);
  return own ?? ofScript.calls;
};

/** The replaced system's name of the hook. */
export const useEventCollector = useTracker;
