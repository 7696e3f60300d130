import type { Tracker } from './index.js';
import type { Counts } from './lifi.js';

export interface JumperOptions {
  /** Which adapter counts an act that both report; default `lifi`. Say `jumper` where the LI.FI adapter does not run. */
  counts?: Counts;
}

/** The argument of `trackEvent` and of `trackTransaction`. */
export interface TrackArguments {
  action: string;
  category?: string;
  label?: string;
  value?: unknown;
  /** Keys are `param_…`. */
  data?: object;
  /** With `GA` the event does not go to GA4. */
  disableTrackingTool?: string[];
  enableAddressable?: boolean;
  isConversion?: boolean;
}

/** A wallet of any ecosystem. */
export interface Wallet {
  /** Its name. */
  wallet: string;
  /** EVM, SVM, UTXO, MVM, TVM or STL. */
  ecosystem?: string;
  chain_id?: number;
  wallet_address?: string;
  /** Why it was not connected. */
  error_code?: string | number;
}

/** No function throws or rejects. */
export interface JumperAdapter {
  trackEvent(call: TrackArguments): Promise<void>;
  trackTransaction(call: TrackArguments): Promise<void>;
  /** A click on one of the tabs `exchange`, `gas` (or `refuel`) and `buy`. */
  tab(name: string): Promise<void>;
  /**
   * The site's own wallet menu, any ecosystem: a wallet's logo was clicked (`select`), then it was connected or not.
   * What LI.FI's own wallet menu connects, the LI.FI adapter reports.
   */
  wallet(act: 'select' | 'connect' | 'connect_fail', wallet: Wallet): Promise<void>;
}

export function jumper(tracker: Pick<Tracker, 'track'>, options?: JumperOptions): JumperAdapter;
