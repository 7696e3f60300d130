import type { Tracker } from './index.js';

/** eventemitter3's (widget 4.x) or mitt's (3.x). */
export interface Emitter {
  on(event: any, listener: (data: any) => void): unknown;
  off(event: any, listener: (data: any) => void): unknown;
}

/** Which adapter counts an act that both report; say the same to both. */
export type Counts = 'lifi' | 'jumper';

/** A connected wallet, as the widget's `walletConnected` tells of it. */
export interface Account {
  address: string;
  chainId?: number;
  chainType?: string;
  connectorId?: string;
  connectorName?: string;
}

export interface LifiOptions {
  /** `widgetEvents` of @lifi/widget. */
  widget?: Emitter;
  /** `walletManagementEvents` of @lifi/wallet-management 4.x, `widgetEvents` of 3.x. */
  wallet?: Emitter;
  /** `WidgetEvent` of @lifi/widget: events of a newer widget are then reported too, by name and payload. */
  events?: Record<string, string>;
  /**
   * Which set-up of the widget this is, read at each event; default: the widget's own tab. `private` reports offers and
   * executions only, without the payload.
   */
  variant?: string;
  /** Version of the widget package. */
  version?: string;
  /** Default `lifi`. */
  counts?: Counts;
  /** Where attempts are kept over a reload: the page's localStorage; `null`: nowhere. */
  storage?: Storage | null;
  /** Hear of what went wrong inside; nothing is ever thrown into the widget. */
  onError?: (error: unknown) => void;
}

export interface LifiAdapter {
  /**
   * Tell of the account whenever it changes: the widget says nothing of a wallet that was still authorised, nor of one
   * that was connected in the site's own menu. `how` (default `reconnect`) becomes `connect_origin`.
   */
  account(wallet: Account | null, how?: 'click' | 'reconnect'): void;
  /** Remove every listener. What waits for a pause is reported. */
  stop(): void;
}

export function lifi(tracker: Pick<Tracker, 'track'> & Partial<Tracker>, options?: LifiOptions): LifiAdapter;
