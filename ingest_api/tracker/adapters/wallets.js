// @ts-check
/**
 * Wallets: the widget tells of one that was clicked; of one that was still authorised it says nothing. So the site
 * may hand over its account state: what the widget did not tell of is then a reconnect.
 */
const RECONNECT_MS = 1_000; // a wallet that was clicked becomes the account first, its event follows

/**
 * @param {Partial<import('../types/index.js').Tracker>} tracker
 * @param {import('./lifi.js').Report} report
 * @param {() => import('./lifi.js').At} at
 */
export const createWallets = (tracker, report, at) => {
  /** @type {any} the connected wallet; null: none; undefined: not known */
  let current;
  /** @type {any} */
  let timer;

  /** @param {any} wallet null: gone @param {string} [how] it came @param {any} [was] @param {import('./lifi.js').At} [when] */
  const become = (wallet, how, was = current, when) => {
    clearTimeout(timer);
    if (keyOf(current) === keyOf(wallet)) return;
    current = wallet;
    tracker.wallet?.(wallet?.address, wallet?.chainType, { provider: wallet?.connectorName });
    if (wallet) report('walletConnected', wallet, how === 'click' ? 'user' : 'auto', { connect_origin: how }, when);
    else report('walletDisconnected', was);
  };

  /** @type {Record<string, (data: any) => void>} */
  const handlers = { walletConnected: (wallet) => become(wallet, 'click'), walletDisconnected: (was) => become(null, '', was) };

  /** @param {any} [wallet] the account as the site knows it; null: none @param {string} [how] it came */
  const account = (wallet, how = 'reconnect') => {
    clearTimeout(timer);
    if (wallet) timer = setTimeout(become, RECONNECT_MS, wallet, how, 0, at());
    else if (current) become(null);
  };
  return /** @type {const} */ ([handlers, account, () => clearTimeout(timer)]);
};

/** One address may be written in two ways. @param {any} wallet */
const keyOf = (wallet) => wallet && (wallet.chainType + wallet.address).toLowerCase();
