import { useState } from 'react';
import { useTracker } from 'server-side-tracking/react';

/** Where a site would show a provider that sells coins for money. An event of the site's own, by the hook. */
export const Buy = () => {
  const { track } = useTracker();
  const [isNoted, setNoted] = useState(false);
  return (
    <div className="card">
      <h1>Buy</h1>
      <p>A provider that sells coins for money would be here. The demo has none.</p>
      <button
        disabled={isNoted}
        onClick={() => {
          track('buy_wish', { currency: 'EUR' });
          setNoted(true);
        }}
      >
        {isNoted ? 'Noted' : 'I would buy for euros'}
      </button>
    </div>
  );
};
