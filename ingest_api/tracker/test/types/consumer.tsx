// What a site writes; only compiled, never run.
import { createTracker, type Tracker } from 'server-side-tracking';
import { TrackerProvider, useEventCollector, useTracker } from 'server-side-tracking/react';

const tracker: Tracker = createTracker({ writeKey: 'k', host: 'https://t.site.test', consent: 'required' });
tracker.track('Swap', { wei: 10n }, { timestamp: new Date().toISOString() });
tracker.page('Swap', 'Exchange', { tab: 'exchange' });
tracker.identify({ plan: 'free' });
tracker.wallet(null);
tracker.consent({ analytics: true, advertising: false });
tracker.onDrop(({ id, reason }) => id + reason)();

// @ts-expect-error a write key is needed
createTracker({});
// @ts-expect-error a name is needed
tracker.track();
// @ts-expect-error no such state
tracker.consent('perhaps');

const Button = () => {
  const { track } = useTracker();
  const { collectEvent } = useEventCollector();
  collectEvent({ name: 'Tab', params: { tab: 'gas' } });
  return <button onClick={() => track('Swap')}>Swap</button>;
};

export const App = () => (
  <TrackerProvider writeKey="k" host="https://t.site.test">
    <TrackerProvider tracker={tracker}>
      <Button />
    </TrackerProvider>
  </TrackerProvider>
);
