/** What the demo's chains remember: steps that were offered, transactions that were sent, approvals. In memory. */
import { randomBytes } from 'node:crypto';
import type { Step } from './routes.ts';

const MAX_KEPT = 1_000;

/** What a wallet sends. */
export interface Sent {
  from: string;
  to: string;
  data: string;
}

export interface Transaction extends Sent {
  hash: string;
  isReverted: boolean;
  sentAt: number;
}

/** A map that forgets its oldest. */
const remembering = <V>() => {
  const kept = new Map<string, V>();
  return {
    get: (key: string): V | undefined => kept.get(key),
    set: (key: string, value: V): void => {
      kept.set(key, value);
      if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value!);
    },
  };
};

export const createLedger = () => {
  const steps = remembering<Step>();
  const sent = remembering<Transaction>();
  const approved = remembering<boolean>();
  const spender = (chain: number, owner: string, token: string) => `${chain} ${owner} ${token}`.toLowerCase();

  return {
    /** Keep a step; return the call data that a transaction names it by. */
    callDataOf: (step: Step): string => {
      const data = '0x' + randomBytes(16).toString('hex');
      steps.set(data, step);
      return data;
    },
    /** Take a transaction in; return its hash. */
    send: (chain: number, { from, to, data }: Sent, isReverted: boolean): string => {
      const hash = '0x' + randomBytes(32).toString('hex');
      if (data.startsWith('0x095ea7b3')) approved.set(spender(chain, from, to), true); // approve(spender, amount)
      sent.set(hash, { hash, from, to, data, isReverted, sentAt: Date.now() });
      return hash;
    },
    find: (hash: string): Transaction | undefined => sent.get(hash),
    stepOf: (hash: string): Step | undefined => steps.get(sent.get(hash)?.data ?? ''),
    isApproved: (chain: number, owner: string, token: string): boolean => !!approved.get(spender(chain, owner, token)),
  };
};

export type Ledger = ReturnType<typeof createLedger>;
