/** The tracker and its two adapters. Made once, before anything is rendered: so they hear the widget's first events. */
import { walletManagementEvents } from '@lifi/wallet-management';
import { WidgetEvent, widgetEvents } from '@lifi/widget';
import { watchConnection, type Config } from '@wagmi/core';
import { createTracker } from 'server-side-tracking';
import { jumper } from 'server-side-tracking/jumper';
import { lifi } from 'server-side-tracking/lifi';
import type { Tab } from './Tabs.tsx';

const { VITE_WRITE_KEY, DEV } = import.meta.env;

export const tracker = createTracker({ writeKey: VITE_WRITE_KEY ?? 'demo', debug: DEV });

/** The site's own acts. */
export const site = jumper(tracker);

let tab: Tab = 'exchange';

/** Tell of a click on a tab. What the widget does from then on is told with its set-up there: gas is `refuel`. */
export const openTab = (name: Tab): void => {
  tab = name;
  void site.tab(name);
};

const widget = lifi(tracker, {
  widget: widgetEvents,
  wallet: walletManagementEvents,
  events: WidgetEvent,
  get variant() {
    return tab === 'gas' ? 'refuel' : 'main';
  },
  version: __WIDGET_VERSION__,
  onError: console.error,
});

/** Tell of the connected wallet: the widget does not say that one was still authorised, or of the site's own menu. */
export const followWallet = (config: Config): void => {
  watchConnection(config, {
    onChange: ({ address, chainId, connector }, before) => {
      if (!address) return widget.account(null);
      const { id: connectorId, name: connectorName } = connector ?? {};
      const account = { address, chainId, chainType: 'EVM', connectorId, connectorName };
      widget.account(account, before.status === 'connecting' ? 'click' : 'reconnect');
    },
  });
};

// While you edit: a second tracker beside the first would count everything twice.
import.meta.hot?.accept(() => location.reload());
