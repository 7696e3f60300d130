import { useState } from 'react';
import { SCENARIO_COOKIE, SCENARIOS, scenarioIn } from '../server/scenario.ts';

/** The visitor chooses what happens to the next swap. */
export const Next = () => {
  const [scenario, setScenario] = useState(scenarioIn(document.cookie));
  return (
    <label className="next">
      The next swap
      <select
        value={scenario}
        onChange={({ target }) => {
          document.cookie = `${SCENARIO_COOKIE}=${target.value}; path=/; samesite=strict`;
          setScenario(scenarioIn(document.cookie));
        }}
      >
        {Object.entries(SCENARIOS).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
};
