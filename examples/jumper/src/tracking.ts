/** The tracker and its two adapters. Made once, before anything is rendered: so they hear the widget's first events. */
import { walletManagementEvents } from '@lifi/wallet-management';
import { WidgetEvent, widgetEvents } from '@lifi/widget';
import { watchConnection, type Config } from '@wagmi/core';
import { createTracker } from 'server-side-tracking';
import { jumper } from 'server-side-tracking/jumper';
import { lifi } from 'server-side-tracking/lifi';

export const tracker = createTracker({ writeKey: import.meta.env.VITE_WRITE_KEY ?? 'demo', debug: import.meta.env.DEV });

/** The site's own acts. */
export const site = jumper(tracker);

const widget = lifi(tracker, {
  widget: widgetEvents,
  wallet: walletManagementEvents,
  events: WidgetEvent,
  version: __WIDGET_VERSION__,
  onError: console.error,
});

/** Tell of the connected wallet: the widget says nothing of one that was still authorised, nor of the site's own menu. */
export const followWallet = (config: Config): void => {
  watchConnection(config, {
    onChange: ({ address, chainId, connector }, before) => {
      if (!address) return widget.account(null);
      const account = { address, chainId, chainType: 'EVM', connectorId: connector?.id, connectorName: connector?.name };
      widget.account(account, before.status === 'connecting' ? 'click' : 'reconnect');
    },
  });
};

// While you edit: a second tracker beside the first would count everything twice.
import.meta.hot?.accept(() => location.reload());
