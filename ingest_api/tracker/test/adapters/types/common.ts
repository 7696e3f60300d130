import { number, text } from './expect.js';

interface Token {
  symbol: string;
  address: string;
}
interface Cost {
  amountUSD?: string;
}
/** The fields of a route that the adapters read. */
export interface Route {
  id: string;
  fromChainId: number;
  toChainId: number;
  fromAmount: string;
  toAmount: string;
  toAmountMin: string;
  fromAmountUSD: string;
  toAmountUSD: string;
  gasCostUSD?: string;
  fromToken: Token;
  toToken: Token;
  steps: { tool: string; estimate: { executionDuration: number; feeCosts?: Cost[] } }[];
}
export const route = (data: Route) => text(data.id);
export const pair = (data: { chainId: number; tokenAddress: string }) => (number(data.chainId), text(data.tokenAddress));
