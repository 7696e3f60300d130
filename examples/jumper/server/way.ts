/** How far events are behind the collector: asked of the lake by the `tracking` command, which only reads. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const PROJECT = join(import.meta.dirname, '../../..');
const COMMAND = process.env.TRACKING_COMMAND ?? join(PROJECT, '.venv/bin/tracking');
const MESSAGE_ID = /^[\w-]{1,100}$/;
const MAX_IDS = 100;
const TIMEOUT_MS = 20_000;

/** An event that is in the lake: its state at GA4, and the reason where there is one. */
export interface Loaded {
  message_id: string;
  state: string | null;
  reason: string | null;
}

/** What the panel is told: the events that are loaded, or why the lake cannot be asked. */
export interface Answer {
  loaded: Loaded[];
  problem: string;
}

/** Ask of these messages which are loaded. */
export const wayOf = async (ids: string[]): Promise<Answer> => {
  const known = ids.filter((id) => MESSAGE_ID.test(id)).slice(0, MAX_IDS);
  if (!known.length) return { loaded: [], problem: '' };
  if (!existsSync(COMMAND)) return { loaded: [], problem: `no such command: ${COMMAND}` };
  try {
    return { loaded: JSON.parse(await run(['sql', '--json', queryOf(known)])) as Loaded[], problem: '' };
  } catch (error) {
    return { loaded: [], problem: (error as Error).message };
  }
};

const queryOf = (ids: string[]): string => `
  select e.message_id, d.state, d.reason
  from events as e
  left join delivery_status as d on d.event_id = e.event_id and d.destination = 'ga4'
  where e.message_id in (${ids.map((id) => `'${id}'`).join()})`;

const run = (words: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(COMMAND, words, { cwd: PROJECT, timeout: TIMEOUT_MS }, (error, output, said) => {
      if (error) reject(new Error(said.trim().split('\n').at(-1) || error.message));
      else resolve(output);
    });
  });
