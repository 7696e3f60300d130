/** Where a site would show a provider that sells coins for money. */
export const Buy = () => (
  <div className="card">
    <h1>Buy</h1>
    <p>A provider that sells coins for money would be here. The demo has none; that you came here is an event.</p>
  </div>
);
