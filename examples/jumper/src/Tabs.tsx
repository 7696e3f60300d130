import { site } from './tracking.ts';

const TABS = { exchange: 'Exchange', gas: 'Gas', buy: 'Buy' } as const;
export type Tab = keyof typeof TABS;

export const Tabs = ({ tab, onChange }: { tab: Tab; onChange: (tab: Tab) => void }) => (
  <nav role="tablist" aria-label="What to do">
    {Object.entries(TABS).map(([name, title]) => (
      <button
        key={name}
        role="tab"
        aria-selected={name === tab}
        onClick={() => {
          site.tab(name);
          onChange(name as Tab);
        }}
      >
        {title}
      </button>
    ))}
  </nav>
);
