import { useWalletMenu } from '@lifi/wallet-management';
import { LiFiWidget, type WidgetConfig } from '@lifi/widget';
import { useMemo } from 'react';

const WIDE = '(min-width: 1380px)';

/** The real widget. Its network is this page's own origin, where the demo's server answers. */
export const Swap = ({ mode }: { mode: 'default' | 'refuel' }) => {
  const { openWalletMenu } = useWalletMenu();
  const config = useMemo(
    (): WidgetConfig => ({
      integrator: 'jumper-demo',
      mode,
      variant: matchMedia(WIDE).matches ? 'wide' : 'compact',
      appearance: 'system',
      keyPrefix: mode,
      sdkConfig: { apiUrl: `${location.origin}/lifi/v1` },
      walletConfig: { onConnect: openWalletMenu },
      theme: { container: { border: '1px solid var(--line)', borderRadius: '16px' } },
    }),
    [mode, openWalletMenu],
  );
  return <LiFiWidget integrator="jumper-demo" config={config} />;
};
