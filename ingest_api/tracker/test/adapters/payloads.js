// @ts-check
/** Payloads as the LI.FI widget 4.x and 3.x emits them; a test holds them against its declarations. */

export const OWNER = '0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045';
export const RECEIVER = '0x2222222222222222222222222222222222222def';
/** The clock of the tests. */
export const START = Date.parse('2026-11-25T10:00:00Z');
export const HASH = '0x' + 'ab'.repeat(32);

/** @param {number} chainId @param {string} symbol @param {string} address */
const token = (chainId, symbol, address) => ({ chainId, symbol, address, name: symbol, decimals: 6, priceUSD: '1', logoURI: 'https://x.test/t.svg' });
const USDC = token(1, 'USDC', '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48');
const USDT = token(10, 'USDT', '0x94b008aA00579c1307B0EF2c499aD98a8ce58e58');

/** @param {string} id @param {string} toAmountUSD @param {string} [tool] @returns {any} */
export const route = (id, toAmountUSD = '12.40', tool = 'across') => ({
  id,
  fromChainId: 1,
  toChainId: 10,
  fromToken: USDC,
  toToken: USDT,
  fromAmount: '12500000',
  fromAmountUSD: '12.50',
  toAmount: '123456789012345678901',
  toAmountMin: '123000000000000000000',
  toAmountUSD,
  gasCostUSD: '0.31',
  fromAddress: OWNER,
  toAddress: OWNER,
  insurance: { state: 'NOT_INSURABLE', feeAmountUsd: '0' },
  tags: ['RECOMMENDED'],
  steps: [
    {
      id: id + '-s0',
      type: 'lifi',
      tool,
      toolDetails: { key: tool, name: tool, logoURI: 'https://x.test/t.svg' },
      includedSteps: [],
      action: { fromChainId: 1, toChainId: 10, fromToken: USDC, toToken: USDT, fromAmount: '12500000', slippage: 0.005, fromAddress: OWNER, toAddress: OWNER },
      estimate: {
        tool,
        fromAmount: '12500000',
        toAmount: '123456789012345678901',
        toAmountMin: '123000000000000000000',
        approvalAddress: '0x1231DEB6f5749EF6cE6943a275A1D3E7486F4EaE',
        executionDuration: 30,
        feeCosts: [
          { name: 'LIFI', description: 'fee', percentage: '0.0025', token: USDC, amount: '31250', amountUSD: '0.03125', included: true },
          { name: 'Relay', description: 'fee', percentage: '0.001', token: USDC, amount: '12500', amountUSD: '0.0125', included: true },
        ],
        gasCosts: [{ type: 'SEND', price: '1', estimate: '1', limit: '1', amount: '1', amountUSD: '0.31', token: USDC }],
      },
    },
  ],
});

/** @param {string} id @param {any[]} actions @param {string} status @returns {any} a 4.x route at work */
export const running = (id, actions, status = 'PENDING') => {
  const one = route(id);
  one.steps[0].execution = { startedAt: START - 20_000, status, actions };
  return one;
};

/** @param {string} id @param {string} status @param {object} [more] @returns {any} the payload of an update in 4.x */
export const update = (id, status, more) => {
  const action = { type: 'CROSS_CHAIN', status, chainId: 1, ...more };
  return { route: running(id, [action], status === 'FAILED' ? 'FAILED' : 'PENDING'), action };
};

/** @param {string} id @param {string} status @param {object} [more] @returns {any} the same in 3.x */
export const update3 = (id, status, more) => {
  const process = { type: 'CROSS_CHAIN', status, startedAt: START - 20_000, ...more };
  const one = route(id);
  one.steps[0].execution = { status: 'PENDING', process: [process] };
  return { route: one, process };
};

const SETTINGS = { enabledAutoRefuel: true, routePriority: 'CHEAPEST', slippage: '0.5', gasPrice: 'normal', disabledBridges: ['relay'], enabledBridges: ['across'], _enabledBridges: {}, disabledExchanges: [], enabledExchanges: ['1inch'], _enabledExchanges: {} };
const WALLET = { address: OWNER, chainId: 1, chainType: 'EVM', connectorId: 'io.metamask', connectorName: 'MetaMask' };
const REJECTED = { code: 1012, message: `User rejected the request. Request: ${OWNER} `.repeat(4) };

/** One payload of each event of 4.x and of the wallet management. @type {Record<string, any>} */
export const PAYLOADS = {
  appearanceChanged: 'dark',
  availableRoutes: [route('r1', '12.30'), route('r2', '12.44', 'stargate')],
  chainPinned: { chainId: 10, pinned: true },
  contactSupport: { supportId: HASH },
  destinationChainTokenSelected: { chainId: 10, tokenAddress: USDT.address },
  formFieldChanged: { fieldName: 'toAddress', newValue: RECEIVER, oldValue: '' },
  lowAddressActivityConfirmed: { address: RECEIVER, chainId: 10 },
  navigationTabChanged: { tab: 'swap', previousTab: 'bridge' },
  pageEntered: '/settings/route-priority',
  routeExecutionStarted: route('r2', '12.44', 'stargate'),
  routeExecutionUpdated: update('r2', 'PENDING', { txHash: HASH, txLink: 'https://x.test/tx/' + HASH, substatus: 'WAIT_DESTINATION_TRANSACTION' }),
  routeExecutionFailed: update('r6', 'FAILED', { error: REJECTED }),
  routeExecutionCompleted: running('r2', [{ type: 'CROSS_CHAIN', status: 'DONE', chainId: 1, txHash: HASH }, { type: 'RECEIVING_CHAIN', status: 'DONE', chainId: 10, txHash: HASH }], 'DONE'),
  routeHighValueLoss: { fromAmountUSD: 12.5, toAmountUSD: 6.2, gasCostUSD: 0.31, feeCostUSD: 0.04, valueLoss: 0.49 },
  routeSelected: { route: route('r2', '12.44', 'stargate'), routes: [route('r1'), route('r2', '12.44', 'stargate')] },
  sendToWalletToggled: true,
  settingUpdated: { setting: 'enabledBridges', newValue: ['across'], oldValue: ['across', 'relay'], newSettings: SETTINGS, oldSettings: SETTINGS },
  sourceChainTokenSelected: { chainId: 1, tokenAddress: USDC.address },
  tokenSearch: { value: 'usd', tokens: [{ ...USDC, amount: 12345678901234567890n, blockNumber: 1n }, USDT] },
  widgetExpanded: true,
  walletConnected: WALLET,
  walletDisconnected: WALLET,
};

/** What only 3.x emits. @type {Record<string, any>} */
export const PAYLOADS_3 = {
  reviewTransactionPageEntered: route('r3'),
  tokensReversed: { fromChainId: 1, fromTokenAddress: USDC.address, toChainId: 10, toTokenAddress: USDT.address },
};
