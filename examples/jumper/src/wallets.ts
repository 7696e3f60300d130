/** The site's own wallet set-up: wagmi, with the wallets that announce themselves. The widget takes part in it. */
import { connect, createConfig, http, type Connector } from '@wagmi/core';
import type { Chain } from '@wagmi/core/chains';
import { LIST, MULTICALL } from '../server/chains.ts';
import { site } from './tracking.ts';

const [first, ...others] = LIST.map(({ id, name, coin }): Chain => {
  const urls = { http: [`${location.origin}/rpc/${id}`] };
  const nativeCurrency = { name: coin, symbol: coin, decimals: 18 };
  return { id, name, nativeCurrency, rpcUrls: { default: urls }, contracts: { multicall3: { address: MULTICALL } } };
});

export const config = createConfig({
  chains: [first!, ...others],
  transports: Object.fromEntries(LIST.map(({ id }) => [id, http()])),
});

/** What a click on a wallet's logo does; both ways it may end are events of their own. */
export const choose = async (connector: Connector): Promise<void> => {
  const chosen = { wallet: connector.name, ecosystem: 'EVM' };
  site.wallet('select', chosen);
  try {
    const { accounts, chainId } = await connect(config, { connector });
    site.wallet('connect', { ...chosen, chain_id: chainId, wallet_address: accounts[0] });
  } catch (error) {
    site.wallet('connect_fail', { ...chosen, error_code: (error as { code?: number }).code });
  }
};
