// @ts-check
/** What `GET /m.js` serves: makes `window.analytics` from its own script tag, and carries out the stub's calls. */
import { clock } from './messages.js';
import { createTracker } from './tracker.js';
import { tried } from './tried.js';

const SCRIPT_PATH = '/m.js'; // the collector writes its own settings here, and for the batch path

/** Read the options from a script tag: `data-host`, `data-pages="off"`, … @param {HTMLScriptElement} script */
const optionsOf = ({ src, dataset }) => {
  const above = src.split('?')[0].split('/').slice(0, 1 - SCRIPT_PATH.split('/').length);
  /** @type {any} */
  const options = { host: above.join('/') };
  for (const [name, value] of Object.entries(dataset)) options[name] = value === 'off' ? false : value || true;
  return options;
};

const start = () => {
  const script = /** @type {any} */ (document.currentScript || document.querySelector('script[data-write-key]'));
  const page = /** @type {any} */ (window);
  const stub = (page.analytics ||= {});
  if (stub.stop) return; // loaded twice
  const tracker = /** @type {any} */ (createTracker(optionsOf(script)));
  /** @param {[string, unknown[], number, ((result: unknown) => void)?]} call */
  const carryOut = ([name, args, ms, done]) => {
    clock.ms = ms;
    const result = tracker[name](...args);
    clock.ms = 0;
    done?.(result);
  };
  const waiting = stub.q || [];
  Object.assign(stub, tracker, { q: { push: carryOut } });
  waiting.forEach(carryOut);
};

tried(start);
