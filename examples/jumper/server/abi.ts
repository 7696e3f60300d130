/** As much of Solidity's ABI as the widget's calls need. */

export const word = (value: number | bigint): string => BigInt(value).toString(16).padStart(64, '0');

export type Call = (to: string, data: string) => string;

/** The n-th argument of a call, as an address. */
export const addressAt = (data: string, place: number): string =>
  '0x' + data.slice(10 + place * 64 + 24, 10 + place * 64 + 64);

/**
 * Carry out Multicall3's `aggregate3((address target, bool allowFailure, bytes callData)[])`.
 * Returns its encoded `(bool success, bytes returnData)[]`.
 */
export const aggregate3 = (data: string, call: Call): string => {
  const hex = data.slice(10);
  const at = (byte: number) => Number(BigInt('0x' + hex.slice(byte * 2, byte * 2 + 64)));
  const list = at(0);
  const base = list + 32;
  const results = Array.from({ length: at(list) }, (_, place) => {
    const item = base + at(base + 32 * place);
    const bytes = item + at(item + 64);
    const target = '0x' + hex.slice(item * 2 + 24, item * 2 + 64);
    return resultOf(call(target, '0x' + hex.slice((bytes + 32) * 2, (bytes + 32 + at(bytes)) * 2)).slice(2));
  });
  let offset = 32 * results.length;
  const heads = results.map((result) => {
    const head = word(offset);
    offset += result.length / 2;
    return head;
  });
  return '0x' + word(32) + word(results.length) + heads.join('') + results.join('');
};

const resultOf = (bytes: string): string =>
  word(bytes ? 1 : 0) + word(64) + word(bytes.length / 2) + bytes.padEnd(Math.ceil(bytes.length / 64) * 64, '0');
