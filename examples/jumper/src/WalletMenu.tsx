import { disconnect } from '@wagmi/core';
import { useState } from 'react';
import { useConnection, useConnectors } from 'wagmi';
import { choose, config } from './wallets.ts';

/** The site's own wallet menu: a logo for each wallet that announced itself. */
export const WalletMenu = () => {
  const { address } = useConnection();
  const connectors = useConnectors();
  const [isOpen, setOpen] = useState(false);

  if (address) {
    return (
      <button className="wallet" title="Disconnect" onClick={() => disconnect(config)}>
        {`${address.slice(0, 6)}…${address.slice(-4)}`} <span aria-hidden="true">×</span>
      </button>
    );
  }
  return (
    <div className="wallet" onKeyDown={({ key }) => key === 'Escape' && setOpen(false)}>
      <button aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        Connect
      </button>
      {isOpen && (
        <div className="menu" role="menu">
          {connectors.map((connector) => (
            <button
              key={connector.uid}
              role="menuitem"
              onClick={() => {
                setOpen(false);
                void choose(connector);
              }}
            >
              <img src={connector.icon} alt="" width="28" height="28" />
              {connector.name}
            </button>
          ))}
        </div>
      )}
    </div>
  );
};
