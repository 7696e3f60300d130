/**
 * A wallet that signs nothing and owns nothing: an EIP-1193 provider, announced by EIP-6963 as extensions do.
 * It passes on to the demo's own nodes what it does not answer itself, and refuses where the visitor chose so.
 * It must be there before wagmi looks for wallets: import it first.
 */
import { scenarioIn } from '../server/scenario.ts';

const REPLY_MS = 100; // a wallet never answers at once
const ICON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>" +
  "<rect width='32' height='32' rx='8' fill='%23f28c28'/>" +
  "<path d='M7 10h16v3h-6a3 3 0 0 0 0 6h6v3H7zm10 5h8v2h-8z' fill='white'/></svg>";

type Listener = (detail: unknown) => void;

/** Kept, as wallets keep it, over a reload and for every tab. */
const store = {
  get address(): string {
    return (localStorage.fakeWalletAddress ??= '0x' + crypto.randomUUID().replaceAll('-', '') + 'f00dcafe');
  },
  get isAuthorised(): boolean {
    return localStorage.fakeWalletAuthorised === 'yes';
  },
  set isAuthorised(is: boolean) {
    localStorage.fakeWalletAuthorised = is ? 'yes' : 'no';
  },
};

const listeners = new Map<string, Set<Listener>>();
let chain = 1;
let requests = 0;

const failure = (code: number, message: string) => Object.assign(new Error(message), { code });

const refuse = () => {
  if (scenarioIn(document.cookie) === 'refused') throw failure(4001, 'User rejected the request.');
};

const askNode = async (method: string, params?: unknown): Promise<unknown> => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: ++requests, method, params });
  const answer = await (await fetch(`/rpc/${chain}`, { method: 'POST', body })).json();
  if (answer.error) throw failure(answer.error.code, answer.error.message);
  return answer.result;
};

const connect = (): string[] => {
  refuse();
  store.isAuthorised = true;
  return [store.address];
};

const switchTo = (chainId: string): null => {
  chain = Number(chainId);
  listeners.get('chainChanged')?.forEach((listener) => listener('0x' + chain.toString(16)));
  return null;
};

const answer = (method: string, params: any): unknown => {
  switch (method) {
    case 'eth_requestAccounts':
      return connect();
    case 'wallet_requestPermissions':
      return [{ parentCapability: 'eth_accounts', caveats: [{ type: 'restrictReturnedAccounts', value: connect() }] }];
    case 'wallet_revokePermissions':
      store.isAuthorised = false;
      return null;
    case 'eth_accounts':
      return store.isAuthorised ? [store.address] : [];
    case 'eth_chainId':
      return '0x' + chain.toString(16);
    case 'wallet_switchEthereumChain':
      return switchTo(params[0].chainId);
    case 'wallet_getCapabilities':
      return {};
    case 'eth_sendTransaction':
      refuse();
  }
  return askNode(method, params);
};

const provider = {
  on: (event: string, listener: Listener) => {
    listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    return provider;
  },
  removeListener: (event: string, listener: Listener) => {
    listeners.get(event)?.delete(listener);
    return provider;
  },
  request: async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
    await new Promise((resolve) => setTimeout(resolve, REPLY_MS));
    return answer(method, params);
  },
};

const uuid = '6b0b2c0e-0000-4000-8000-000000000001';
const info = { uuid, name: 'Fake Wallet', rdns: 'test.fake.wallet', icon: ICON };

const detail = Object.freeze({ info, provider });
const announce = () => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }));
window.addEventListener('eip6963:requestProvider', announce);
announce();
