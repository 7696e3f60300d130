/** The chains and tokens of the demo: five names that everybody knows, nothing real behind them. */

export const NATIVE = '0x0000000000000000000000000000000000000000';
export const DIAMOND = '0x1231deb6f5749ef6ce6943a275a1d3e7486f4eae';
export const MULTICALL = '0xca11bde05977b3631167028862be2a173976ca11';

const PRICES: Record<string, string> = { ETH: '2500', POL: '0.5', USDC: '1', USDT: '1' };
const STABLE = { USDC: '1', USDT: '2' };

export interface Token {
  chainId: number;
  address: string;
  symbol: string;
  name: string;
  decimals: number;
  priceUSD: string;
  logoURI: string;
  coinKey: string;
}

export const LIST = [
  { id: 1, key: 'eth', name: 'Ethereum', coin: 'ETH' },
  { id: 10, key: 'opt', name: 'OP Mainnet', coin: 'ETH' },
  { id: 8453, key: 'bas', name: 'Base', coin: 'ETH' },
  { id: 42161, key: 'arb', name: 'Arbitrum', coin: 'ETH' },
  { id: 137, key: 'pol', name: 'Polygon', coin: 'POL' },
];

const token = (chainId: number, symbol: string, address: string, decimals: number, name = symbol): Token => ({
  chainId,
  address,
  symbol,
  name,
  decimals,
  priceUSD: PRICES[symbol] ?? '0',
  logoURI: `/icon/${symbol}.svg`,
  coinKey: symbol,
});

/** A chain's tokens, its own coin first. */
export const TOKENS: Record<number, Token[]> = Object.fromEntries(
  LIST.map(({ id, coin }) => [
    id,
    [
      token(id, coin, NATIVE, 18, coin === 'ETH' ? 'Ether' : coin),
      ...Object.entries(STABLE).map(([symbol, digit]) =>
        token(id, symbol, '0x' + digit.repeat(36) + id.toString(16).padStart(4, '0'), 6),
      ),
    ],
  ]),
);

export const coinOf = (chainId: number): Token => TOKENS[chainId]![0]!;

/** Find a token by its address, which may be written in two ways, or by its symbol. */
export const findToken = (chainId: number, name: string): Token | undefined =>
  TOKENS[chainId]?.find((one) => one.address === name.toLowerCase() || one.symbol === name);

/** The chains as LI.FI's API lists them; their nodes answer below `origin`. */
export const chainsAt = (origin: string): object[] =>
  LIST.map(({ id, key, name, coin }) => ({
    id,
    key,
    name,
    coin,
    chainType: 'EVM',
    mainnet: true,
    logoURI: `/icon/${key}.svg`,
    nativeToken: coinOf(id),
    diamondAddress: DIAMOND,
    multicallAddress: MULTICALL,
    metamask: {
      chainId: '0x' + id.toString(16),
      chainName: name,
      nativeCurrency: { name: coin, symbol: coin, decimals: 18 },
      rpcUrls: [`${origin}/rpc/${id}`],
      blockExplorerUrls: [`${origin}/explorer/${key}/`],
    },
  }));

/** A coloured disc with two letters. */
export const iconOf = (name: string): string => {
  const hue = [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 360;
  const letters = name.replace(/\W/g, '').slice(0, 2);
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">' +
    `<circle cx="16" cy="16" r="16" fill="hsl(${hue} 60% 45%)"/>` +
    '<text x="16" y="21" font-size="13" text-anchor="middle" fill="#fff" font-family="sans-serif">' +
    `${letters}</text></svg>`
  );
};
