import { openTab } from './tracking.ts';

const TABS = { exchange: 'Exchange', gas: 'Gas', buy: 'Buy' } as const;
export type Tab = keyof typeof TABS;

export const Tabs = ({ tab, onChange }: { tab: Tab; onChange: (tab: Tab) => void }) => (
  <nav role="tablist" aria-label="What to do">
    {(Object.keys(TABS) as Tab[]).map((name) => (
      <button
        key={name}
        role="tab"
        aria-selected={name === tab}
        onClick={() => {
          openTab(name);
          onChange(name);
        }}
      >
        {TABS[name]}
      </button>
    ))}
  </nav>
);
