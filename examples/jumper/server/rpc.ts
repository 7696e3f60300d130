/** A node of each chain: JSON-RPC as far as the widget and the wallet ask it. Every wallet is rich. */
import { addressAt, aggregate3, word } from './abi.ts';
import { MULTICALL, NATIVE } from './chains.ts';
import type { Ledger, Transaction } from './ledger.ts';
import type { Scenario } from './scenario.ts';

const COINS = 5n * 10n ** 18n;
const STABLE_COINS = 5_000n * 10n ** 6n;
const UNLIMITED = 2n ** 200n;
const HASH = '0x' + 'b'.repeat(64);
const BLOCK_NUMBER = '0x1312d00';
const BLOOM = '0x' + '0'.repeat(512);
const BLOCK = {
  ...{ number: BLOCK_NUMBER, hash: HASH, parentHash: HASH, timestamp: '0x65000000', transactions: [], uncles: [] },
  ...{ baseFeePerGas: '0x3b9aca00', gasLimit: '0x1c9c380', gasUsed: '0x0', difficulty: '0x0', totalDifficulty: '0x0' },
  ...{ miner: NATIVE, extraData: '0x', nonce: '0x0000000000000000', logsBloom: BLOOM, size: '0x1', mixHash: HASH },
  ...{ stateRoot: HASH, transactionsRoot: HASH, receiptsRoot: HASH, sha3Uncles: HASH },
};

interface Request {
  id: number;
  method: string;
  params?: any[];
}

/** Make the node that answers one request or a batch of them. */
export const createNode = (ledger: Ledger) => (chain: number, scenario: Scenario, body: Request | Request[]) => {
  const methods = methodsOf(ledger, chain, scenario);
  const answer = ({ id, method, params = [] }: Request) => {
    const known = methods[method];
    if (known) return { jsonrpc: '2.0', id, result: known(...params) };
    return { jsonrpc: '2.0', id, error: { code: -32601, message: `not in this demo: ${method}` } };
  };
  return Array.isArray(body) ? body.map(answer) : answer(body);
};

type Methods = Record<string, (...params: any[]) => unknown>;

const methodsOf = (ledger: Ledger, chain: number, scenario: Scenario): Methods => {
  const call = (to: string, data: string): string => {
    const owner = addressAt(data, 0);
    switch (data.slice(0, 10)) {
      case '0x82ad56cb':
        return to.toLowerCase() === MULTICALL ? aggregate3(data, call) : '0x';
      case '0x4d2301cc': // getEthBalance(address)
        return '0x' + word(COINS);
      case '0x70a08231': // balanceOf(address)
        return '0x' + word(STABLE_COINS);
      case '0xdd62ed3e': // allowance(owner, spender)
        return '0x' + word(scenario !== 'approval' || ledger.isApproved(chain, owner, to) ? UNLIMITED : 0);
      default:
        return '0x';
    }
  };

  return {
    eth_chainId: () => '0x' + chain.toString(16),
    net_version: () => String(chain),
    eth_blockNumber: () => BLOCK_NUMBER,
    eth_getBlockByNumber: () => BLOCK,
    eth_getBlockByHash: () => BLOCK,
    eth_getBalance: () => '0x' + COINS.toString(16),
    eth_getCode: () => '0x',
    eth_getTransactionCount: () => '0x5',
    eth_gasPrice: () => '0x3b9aca00',
    eth_maxPriorityFeePerGas: () => '0x1',
    eth_estimateGas: () => '0x7a120',
    eth_call: ({ to, data }: { to: string; data: string }) => call(to, data),
    eth_sendTransaction: (sent) => ledger.send(chain, sent, scenario === 'reverted'),
    eth_getTransactionByHash: (hash: string) => transactionOf(ledger.find(hash), chain),
    eth_getTransactionReceipt: (hash: string) => receiptOf(ledger.find(hash)),
  };
};

const mined = { transactionIndex: '0x0', blockHash: HASH, blockNumber: BLOCK_NUMBER };

const transactionOf = (sent: Transaction | undefined, chain: number) =>
  sent && {
    ...mined,
    ...{ hash: sent.hash, from: sent.from, to: sent.to, input: sent.data, chainId: '0x' + chain.toString(16) },
    ...{ value: '0x0', gas: '0x7a120', gasPrice: '0x3b9aca00', nonce: '0x5', type: '0x0', v: '0x1b', r: HASH, s: HASH },
  };

const receiptOf = (sent: Transaction | undefined) =>
  sent && {
    ...mined,
    ...{ transactionHash: sent.hash, from: sent.from, to: sent.to, contractAddress: null, logs: [], logsBloom: BLOOM },
    ...{ cumulativeGasUsed: '0x1', gasUsed: '0x1', effectiveGasPrice: '0x1', type: '0x2' },
    status: sent.isReverted ? '0x0' : '0x1',
  };
