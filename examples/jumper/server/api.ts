/** LI.FI's API, as far as the widget asks it. */
import { chainsAt, DIAMOND, NATIVE, TOKENS } from './chains.ts';
import type { Ledger } from './ledger.ts';
import { offer, tools, type Ask, type Step } from './routes.ts';
import type { Scenario } from './scenario.ts';

const SLOW_MS = 20_000; // how long a slow bridge takes

export interface Asked {
  origin: string;
  query: URLSearchParams;
  body: unknown;
  scenario: Scenario;
}

type Answer = (asked: Asked) => object;

export const createApi = (ledger: Ledger): Record<string, Answer> => ({
  'GET chains': ({ origin }) => ({ chains: chainsAt(origin) }),
  'GET tools': tools,
  'GET tokens': ({ query }) => ({ tokens: search(query.get('search') ?? '') }),
  'GET gas/suggestion': () => ({ available: false }),
  'GET analytics/transfers': () => ({ transfers: [] }),
  'POST advanced/routes': ({ body }) => offer(body as Ask),
  'POST advanced/stepTransaction': ({ body }) => withTransaction(body as Step, ledger),
  'GET status': ({ origin, query, scenario }) => statusOf(query, scenario, ledger, origin),
});

const search = (text: string): typeof TOKENS => {
  const wanted = text.toLowerCase();
  const matches = Object.entries(TOKENS).map(([chain, list]) => [
    chain,
    list.filter((one) => `${one.symbol} ${one.name} ${one.address}`.toLowerCase().includes(wanted)),
  ]);
  return Object.fromEntries(matches);
};

const withTransaction = (step: Step, ledger: Ledger) => {
  const { fromChainId: chainId, fromAddress: from, fromToken, fromAmount } = step.action;
  const value = fromToken.address === NATIVE ? '0x' + BigInt(fromAmount).toString(16) : '0x0';
  const gas = { gasLimit: '0x7a120', gasPrice: '0x3b9aca00' };
  return { ...step, transactionRequest: { chainId, from, to: DIAMOND, data: ledger.callDataOf(step), value, ...gas } };
};

/** Tell how far a bridge is: at its end, unless the visitor asked for a slow one. */
const statusOf = (query: URLSearchParams, scenario: Scenario, ledger: Ledger, origin: string) => {
  const txHash = query.get('txHash') ?? '';
  const sent = ledger.find(txHash);
  const step = ledger.stepOf(txHash);
  if (!sent || !step) return { status: 'NOT_FOUND' };
  const { fromChainId, toChainId, fromToken, toToken, fromAmount, fromAddress, toAddress } = step.action;
  const link = `${origin}/explorer/tx/${txHash}`;
  const sending = { chainId: fromChainId, txHash, txLink: link, amount: fromAmount, token: fromToken };
  if (scenario === 'slow' && Date.now() - sent.sentAt < SLOW_MS) {
    return { status: 'PENDING', substatus: 'WAIT_DESTINATION_TRANSACTION', sending };
  }
  return {
    status: 'DONE',
    substatus: 'COMPLETED',
    substatusMessage: 'The transfer is complete.',
    tool: step.tool,
    sending,
    receiving: { chainId: toChainId, txHash, txLink: link, amount: step.estimate.toAmount, token: toToken },
    transactionId: txHash,
    lifiExplorerLink: link,
    bridgeExplorerLink: link,
    fromAddress,
    toAddress,
  };
};
