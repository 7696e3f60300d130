/** What happens to the next swap. The visitor chooses it on the page, a cookie carries it to the demo's server. */

export const SCENARIOS = {
  plain: 'goes through',
  approval: 'needs an approval first',
  refused: 'is refused in the wallet',
  reverted: 'is reverted on chain',
  slow: 'takes 20 seconds to arrive',
} as const;

export type Scenario = keyof typeof SCENARIOS;

export const SCENARIO_COOKIE = 'demo_swap';

/** Read the choice out of a cookie header, or of `document.cookie`. */
export const scenarioIn = (cookies = ''): Scenario => {
  const value = RegExp(`${SCENARIO_COOKIE}=(\\w+)`).exec(cookies)?.[1];
  return value && value in SCENARIOS ? (value as Scenario) : 'plain';
};
