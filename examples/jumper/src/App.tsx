import { ChainType } from '@lifi/widget';
import { WalletManagementProviders } from '@lifi/wallet-management';
import { EthereumProvider } from '@lifi/widget-provider-ethereum';
import { createTheme, ThemeProvider } from '@mui/material/styles';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { TrackerProvider } from 'server-side-tracking/react';
import { WagmiProvider } from 'wagmi';
import { Buy } from './Buy.tsx';
import { EventPanel } from './EventPanel.tsx';
import { Next } from './Next.tsx';
import { Swap } from './Swap.tsx';
import { Tabs, type Tab } from './Tabs.tsx';
import { followWallet, tracker } from './tracking.ts';
import { WalletMenu } from './WalletMenu.tsx';
import { config } from './wallets.ts';

followWallet(config);
const queries = new QueryClient();
const ANNOUNCED_ONLY = { walletConnect: false, coinbase: false, metaMask: false, baseAccount: false } as const;
const providers = [EthereumProvider(ANNOUNCED_ONLY)];
const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'class' },
  colorSchemes: { light: true, dark: true },
});
const management = { enabledChainTypes: [ChainType.EVM] };

export const App = () => (
  <TrackerProvider tracker={tracker}>
    <QueryClientProvider client={queries}>
      <WagmiProvider config={config}>
        <ThemeProvider theme={theme}>
          <WalletManagementProviders providers={providers} config={management}>
            <Page />
          </WalletManagementProviders>
        </ThemeProvider>
      </WagmiProvider>
    </QueryClientProvider>
  </TrackerProvider>
);

const Page = () => {
  const [tab, setTab] = useState<Tab>('exchange');
  return (
    <>
      <header>
        <strong>Jumper demo</strong>
        <Tabs tab={tab} onChange={setTab} />
        <WalletMenu />
      </header>
      <main>
        <section className="swap">
          {tab === 'buy' ? <Buy /> : <Swap key={tab} mode={tab === 'gas' ? 'refuel' : 'default'} />}
        </section>
        <aside>
          <Next />
          <EventPanel />
        </aside>
      </main>
    </>
  );
};
