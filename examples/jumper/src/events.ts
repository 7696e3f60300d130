/** Each event's way, as far as it is known: the tracker tells of the first half, the lake is asked for the second. */
import type { Message, TrackerEvent } from 'server-side-tracking';
import { useSyncExternalStore } from 'react';
import type { Answer } from '../server/way.ts';
import { tracker } from './tracking.ts';

const POLL_MS = 2_000;
const IDLE_SHARE = 4; // a pause is at least so many times the question before: on a busy machine it is asked less
const MAX_SHOWN = 100;
/** At GA4, or never to be there. */
const ENDS = ['sent', 'uncertain', 'expired', 'dead', 'suppressed'];

export interface Way {
  id: string;
  name: string;
  message: Message;
  stage: TrackerEvent['stage'];
  queuedAt: number;
  /** Milliseconds until the collector's answer. */
  took?: number;
  status?: number;
  reason?: string;
  /** Seconds until the lake was seen to have it. */
  loadedAfter?: number;
  state?: string | null;
  stateReason?: string | null;
}

let ways: Way[] = []; // newest first
const listeners = new Set<() => void>();

const change = (id: string, more: Partial<Way>): void => {
  ways = ways.map((way) => (way.id === id ? { ...way, ...more } : way));
  listeners.forEach((listener) => listener());
};

tracker.on(({ stage, id, message, status, reason, detail }) => {
  if (message) {
    const name = typeof message.event === 'string' ? message.event : message.type;
    ways = [{ id, name, message, stage, queuedAt: performance.now() }, ...ways].slice(0, MAX_SHOWN);
  }
  const way = ways.find((one) => one.id === id);
  const took = way && stage === 'stored' ? Math.round(performance.now() - way.queuedAt) : undefined;
  change(id, { stage, status, reason: detail ?? reason, took });
});

/** Ask the demo's server for what is on its way behind the collector; return what hinders it. */
const ask = async (): Promise<string> => {
  const open = ways.filter(({ stage, state }) => stage === 'stored' && !(state && ENDS.includes(state)));
  if (!open.length) return '';
  const answer = await fetch(`/way?ids=${open.map(({ id }) => id).join()}`);
  const { loaded, problem } = (await answer.json()) as Answer;
  for (const { message_id, state, reason } of loaded) {
    const { loadedAfter, queuedAt } = open.find(({ id }) => id === message_id)!;
    const seconds = loadedAfter ?? Math.ceil((performance.now() - queuedAt) / 1_000);
    change(message_id, { loadedAfter: seconds, state, stateReason: reason });
  }
  return problem;
};

let problem = '';

const keepAsking = async (): Promise<void> => {
  const startedAt = performance.now();
  problem = await ask().catch((error: unknown) => `the demo's server does not answer (${String(error)})`);
  listeners.forEach((listener) => listener());
  setTimeout(keepAsking, Math.max(POLL_MS, IDLE_SHARE * (performance.now() - startedAt)));
};
void keepAsking();

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export const useWays = (): Way[] => useSyncExternalStore(subscribe, () => ways);

/** Why the lake cannot be asked; empty: it can. */
export const useProblem = (): string => useSyncExternalStore(subscribe, () => problem);
