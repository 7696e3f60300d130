/** What a visitor chose. Further categories may stand beside the two. */
export interface Consent {
  analytics: boolean;
  advertising?: boolean;
  [category: string]: boolean | undefined;
}

export interface Options {
  /** The collector's write key. */
  writeKey: string;
  /** Base URL of the collector; empty: the page's own origin. */
  host?: string;
  /** Path of the batch route below it; default `/v1/batch`. */
  path?: string;
  /** Print each event's fate in the console. */
  debug?: boolean;
  /** One page view for each navigation; default true. */
  pages?: boolean;
  /** Clicks on elements with `data-track`; default true. */
  clicks?: boolean;
  /** Clicks on links that lead to other hosts; default true, needs `clicks`. */
  outbound?: boolean;
  /** Time in view and scroll depth of each page; default false. */
  engagement?: boolean;
  /** `required`: nothing is kept or sent before `consent()` was called. */
  consent?: 'required';
  /** `include` where the collector is on another origin that lists this one: its cookie travels too. */
  credentials?: RequestCredentials;
  /** Start of the names in the page's storage; default `_t`. */
  storageKey?: string;
}

/** Fields of a single call that the caller knows better. */
export interface CallOptions {
  messageId?: string;
  /** ISO 8601, when it happened. */
  timestamp?: string;
  context?: Record<string, unknown>;
}

/** An event as it is sent: a call of the Segment spec. */
export interface Message {
  type: 'track' | 'page' | 'identify' | 'group' | 'alias';
  messageId: string;
  timestamp: string;
  anonymousId?: string;
  userId?: string;
  context: Record<string, unknown>;
  [field: string]: unknown;
}

/** queued → sent → stored; `retry` sends again; `dropped` with a reason is the end. */
export type Stage = 'queued' | 'sent' | 'stored' | 'retry' | 'dropped';

export interface TrackerEvent {
  stage: Stage;
  /** Message id; empty where a call was refused before it became a message. */
  id: string;
  /** Why it was dropped: `queue_full`, `consent`, `stopped`, `refused`, or a reason of the collector. */
  reason?: string;
  /** HTTP status of the answer; 0: none came. */
  status?: number;
  /** The collector's own words. */
  detail?: string;
  /** The event itself, where it was queued. */
  message?: Message;
  [detail: string]: unknown;
}

export type Listener = (event: TrackerEvent) => void;
export type Properties = Record<string, unknown>;

/** No function throws. */
export interface Tracker {
  track(event: string, properties?: Properties, options?: CallOptions): void;
  page(properties?: Properties): void;
  page(name: string, properties?: Properties): void;
  page(category: string, name: string, properties?: Properties): void;
  identify(userId: string | number, traits?: Properties, options?: CallOptions): void;
  identify(traits: Properties): void;
  group(groupId: string | number, traits?: Properties, options?: CallOptions): void;
  alias(userId: string | number, previousId?: string): void;
  /** Link a wallet to the visitor; `null`: it is disconnected. `chain` is a chain id or an ecosystem. */
  wallet(address: string | null, chain?: string | number, more?: Properties): void;
  consent(state: 'granted' | 'denied' | Consent): void;
  /** Forget the user: the next event is another visitor's. */
  reset(): void;
  /** Send what waits now. Resolves when it is sent, or when sending has to wait. */
  flush(): Promise<void>;
  /** Hear of events that are lost; returns a function that ends it. */
  onDrop(listener: Listener): () => void;
  /** Hear of each event's way; returns a function that ends it. */
  on(listener: Listener): () => void;
  /** Remove every listener and patch. What waits is sent by the next page. */
  stop(): void;
}

export function createTracker(options: Options): Tracker;
