/** Offers: a few routes for what the visitor asked, the best one first. */
import { randomUUID } from 'node:crypto';
import { coinOf, DIAMOND, findToken, NATIVE, type Token } from './chains.ts';

const TOOLS: Record<string, string> = {
  across: 'Across',
  stargate: 'Stargate',
  relay: 'Relay',
  uniswap: 'Uniswap',
  '1inch': '1inch',
};
const BRIDGES = ['across', 'stargate', 'relay'];
const EXCHANGES = ['uniswap', '1inch'];
const GAS_AMOUNT = 400_000_000_000_000; // in the coin's smallest unit
const KEPT = 0.998; // what is left of the value; each further route keeps a little less
const STEP_DOWN = 0.002;

export interface Ask {
  fromChainId: number;
  toChainId: number;
  fromTokenAddress: string;
  toTokenAddress: string;
  fromAmount: string;
  fromAddress?: string;
  toAddress?: string;
}

export interface Action {
  fromChainId: number;
  toChainId: number;
  fromToken: Token;
  toToken: Token;
  fromAmount: string;
  fromAddress: string;
  toAddress: string;
  slippage: number;
}

export interface Step {
  id: string;
  type: string;
  tool: string;
  action: Action;
  estimate: { toAmount: string; [field: string]: unknown };
  [field: string]: unknown;
}

const details = (key: string) => ({ key, name: TOOLS[key], logoURI: `/icon/${TOOLS[key]}.svg` });

/** The answer of `GET /tools`. */
export const tools = () => ({
  bridges: BRIDGES.map((key) => ({ ...details(key), supportedChains: [] })),
  exchanges: EXCHANGES.map((key) => ({ ...details(key), supportedChains: [] })),
});

/** The answer of `POST /advanced/routes`. */
export const offer = (ask: Ask) => {
  const names = ask.fromChainId === ask.toChainId ? EXCHANGES : BRIDGES;
  const action = actionOf(ask);
  const routes = action ? names.map((tool, place) => routeOf(action, tool, place)) : [];
  return { routes, unavailableRoutes: { filteredOut: [], failed: [] } };
};

const actionOf = (ask: Ask): Action | undefined => {
  const fromToken = findToken(ask.fromChainId, ask.fromTokenAddress);
  const toToken = findToken(ask.toChainId, ask.toTokenAddress);
  if (!fromToken || !toToken) return undefined;
  const { fromChainId, toChainId, fromAmount, fromAddress = NATIVE, toAddress = fromAddress } = ask;
  return { fromChainId, toChainId, fromToken, toToken, fromAmount, fromAddress, toAddress, slippage: 0.005 };
};

const routeOf = (action: Action, tool: string, place: number) => {
  const { fromChainId, toChainId, fromToken, toToken, fromAmount, fromAddress, toAddress } = action;
  const fromUSD = (Number(fromAmount) / 10 ** fromToken.decimals) * Number(fromToken.priceUSD);
  const toUSD = fromUSD * (KEPT - place * STEP_DOWN);
  const millionths = BigInt(Math.floor((toUSD / Number(toToken.priceUSD)) * 1e6));
  const toAmount = String(millionths * 10n ** BigInt(toToken.decimals - 6));
  const worth = { fromAmountUSD: fromUSD.toFixed(4), toAmountUSD: toUSD.toFixed(4) };
  const amounts = { fromAmount, toAmount, toAmountMin: toAmount, ...worth };
  const id = randomUUID();
  return {
    id,
    ...{ fromChainId, toChainId, fromToken, toToken, fromAddress, toAddress },
    ...amounts,
    gasCostUSD: gasOf(fromChainId).amountUSD,
    containsSwitchChain: false,
    insurance: { state: 'NOT_INSURABLE', feeAmountUsd: '0' },
    tags: [['RECOMMENDED', 'CHEAPEST'], [], ['FASTEST']][place],
    steps: [stepOf(`${id}:0`, action, tool, { ...amounts, executionDuration: 30 * (3 - place) })],
  };
};

interface Estimated {
  toAmount: string;
  executionDuration: number;
}

const stepOf = (id: string, action: Action, tool: string, estimated: Estimated): Step => {
  const gasCosts = [gasOf(action.fromChainId)];
  const estimate = { tool, approvalAddress: DIAMOND, feeCosts: [], gasCosts, ...estimated };
  const type = action.fromChainId === action.toChainId ? 'swap' : 'cross';
  const step = { tool, toolDetails: details(tool), action, estimate };
  return { ...step, id, type: 'lifi', integrator: 'demo', includedSteps: [{ ...step, id: `${id}:0`, type }] };
};

const gasOf = (chainId: number) => {
  const token = coinOf(chainId);
  const amountUSD = ((GAS_AMOUNT / 1e18) * Number(token.priceUSD)).toFixed(4);
  const gas = { price: '1000000000', estimate: '400000', limit: '500000', amount: String(GAS_AMOUNT) };
  return { type: 'SEND', ...gas, amountUSD, token };
};
