import type { ReactElement, ReactNode } from 'react';
import type { Options, Properties, Tracker } from './index.js';

/** The tracker's functions; none of them ever changes, so effects may depend on them. */
export interface ReactTracker extends Tracker {
  /** The replaced system's call. */
  collectEvent(event: { name: string; params?: Properties }): void;
}

/** Give either the options of a tracker, or a tracker that lives longer than the provider. */
export type TrackerProviderProps =
  | (Options & { tracker?: undefined; children?: ReactNode })
  | (Partial<Options> & { tracker: Tracker; children?: ReactNode });

export function TrackerProvider(props: TrackerProviderProps): ReactElement;
export function useTracker(): ReactTracker;
export function useEventCollector(): ReactTracker;
