import { useState } from 'react';
import { useProblem, useWays, type Way } from './events.ts';

/** Every event of this page and where it is now. */
export const EventPanel = () => {
  const ways = useWays();
  const problem = useProblem();
  const [chosen, setChosen] = useState('');
  return (
    <section className="events" aria-label="Events">
      <h2>Each event's way</h2>
      <p className="soft">Whatever you do here is an event, the newest on top. Click on one to read what was sent.</p>
      {problem && <p className="bad">The lake cannot be asked: {problem}</p>}
      <ol>
        {ways.map((way) => (
          <li key={way.id}>
            <button aria-expanded={way.id === chosen} onClick={() => setChosen(way.id === chosen ? '' : way.id)}>
              <span className="title">
                <span className="name">{way.name}</span> <Gist message={way.message} />
              </span>
              <Steps way={way} />
            </button>
            {way.id === chosen && (
              <>
                <pre>{JSON.stringify(way.message, null, 2)}</pre>
                <pre>.venv/bin/tracking trace {way.id}</pre>
              </>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
};

/** The parameters that tell two events of one name apart. */
const TELLING = [
  ...['tab_name', 'widget_page', 'form_field', 'setting_name', 'connector_name', 'connect_origin', 'route_count'],
  ...['action_type', 'action_status', 'error_class', 'exec_status', 'currency'],
];
const MAX_TOLD = 2;

const Gist = ({ message }: { message: Way['message'] }) => {
  const properties = (message.properties ?? {}) as Record<string, unknown>;
  const told = TELLING.filter((name) => name in properties).slice(0, MAX_TOLD);
  return <small className="soft">{told.map((name) => String(properties[name])).join(' · ')}</small>;
};

const AT_GA4: Record<string, [text: string, tone: string]> = {
  sent: ['at GA4', 'good'],
  suppressed: ['not for GA4', 'soft'],
  expired: ['too old for GA4', 'bad'],
  uncertain: ['perhaps at GA4', 'bad'],
  dead: ['refused by GA4', 'bad'],
};

const Steps = ({ way }: { way: Way }) => {
  const { stage, status, reason, took, loadedAfter, state, stateReason } = way;
  if (stage === 'dropped') return <Step text={`refused: ${reason ?? status}`} tone="bad" />;
  if (stage === 'retry') return <Step text={`${status || 'no'} answer, sent again soon`} tone="wait" />;
  const isStored = stage === 'stored';
  const isLoaded = loadedAfter !== undefined;
  const [atGa4, tone] = AT_GA4[state ?? ''] ?? ['at GA4', 'open'];
  return (
    <span className="steps">
      <Step text="sent" tone={stage === 'queued' ? 'open' : 'good'} />
      <Step text={isStored ? `stored ${took} ms` : 'stored'} tone={isStored ? 'good' : 'open'} />
      <Step text={isLoaded ? `loaded ${loadedAfter} s` : 'loaded'} tone={isLoaded ? 'good' : 'open'} />
      <Step text={stateReason ? `${atGa4}: ${stateReason}` : atGa4} tone={tone} />
    </span>
  );
};

const Step = ({ text, tone }: { text: string; tone: string }) => <span className={`step ${tone}`}>{text}</span>;
