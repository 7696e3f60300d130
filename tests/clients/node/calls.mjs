// Three calls to every address with one unmodified SDK, all at once; ends when the SDK has ended its tries.
// Usage: node calls.mjs PACKAGE [KEY=URL]…
const [name, ...addresses] = process.argv.slice(2);

const CALLS = [
  ["track", { userId: "u", event: "Swap", properties: { amount: "1234567890123456789" } }],
  ["page", { userId: "u", name: "Gas" }],
  ["identify", { userId: "u", traits: { plan: "free" } }],
];

// Each takes the URL and the key, and ends when nothing more will be tried. Only the URL is ours.
const SDKS = {
  "@segment/analytics-node": async ({ Analytics }, host, writeKey) => {
    const analytics = new Analytics({ host, writeKey });
    analytics.on("error", () => {});
    for (const [call, message] of CALLS) analytics[call](message);
    await analytics.closeAndFlush({ timeout: 60_000 });
  },
  "analytics-node": async ({ default: Analytics }, host, writeKey) => {
    const analytics = new Analytics(writeKey, { host, errorHandler: () => {} });
    await Promise.all([...called(analytics), analytics.flush()]);
  },
  "@rudderstack/rudder-sdk-node": async ({ default: RudderAnalytics }, dataPlaneUrl, writeKey) => {
    const analytics = new RudderAnalytics(writeKey, { dataPlaneUrl, errorHandler: () => {} });
    const answered = called(analytics);
    await analytics.flush();
    await Promise.all(answered);
  },
  "@jitsu/js": async ({ jitsuAnalytics }, host, writeKey) => {
    const analytics = jitsuAnalytics({ host, writeKey: `${writeKey}:secret` });
    await analytics.track("Swap", { amount: "1234567890123456789" });
    await analytics.page({ name: "Gas" });
    await analytics.identify("u", { plan: "free" });
  },
};

// Each call's callback comes with its answer.
function called(analytics) {
  return CALLS.map(([call, message]) => new Promise((resolve) => analytics[call](message, resolve)));
}

const sdk = await import(name);
await Promise.all(
  addresses.map((address) => {
    const [key, url] = address.split(/=(.*)/s);
    return SDKS[name](sdk, url, key);
  }),
);
process.exit(0); // the SDKs' flush timers would go on
