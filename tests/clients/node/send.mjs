// Sends COUNT events of all types with the unmodified @segment/analytics-node. Event n happened at BASE_MS + n.
// Usage: node send.mjs URL KEY COUNT BASE_MS
import { Analytics } from "@segment/analytics-node";

const [host, writeKey, count, baseMs] = process.argv.slice(2);
const analytics = new Analytics({ host, writeKey, maxRetries: 5 });
analytics.on("error", (error) => {
  console.error(error);
  process.exitCode = 1;
});

const wei = "1234567890123456789012";
const calls = [
  (n, ids) => analytics.track({ ...ids, event: `Node ${n % 5}`, properties: { n, wei, text: "žluťoučký 🐎" } }),
  (n, ids) => analytics.page({ ...ids, name: "Exchange", properties: { url: `https://s.example/x?n=${n}` } }),
  (n, ids) => analytics.screen({ ...ids, name: "Wallet", properties: { n } }),
  (n, ids) => analytics.identify({ ...ids, traits: { plan: "free", n } }),
  (n, ids) => analytics.group({ ...ids, groupId: `g${n % 3}`, traits: { n } }),
  (n, ids) => analytics.alias({ ...ids, previousId: `old-${n}` }),
];
for (let n = 0; n < Number(count); n += 1) {
  const timestamp = new Date(Number(baseMs) + n);
  calls[n % calls.length](n, { userId: `node-${n % 7}`, messageId: `node-${n}`, timestamp });
}
await analytics.closeAndFlush();
