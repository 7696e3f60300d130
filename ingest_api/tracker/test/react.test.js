import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { createLink } from '../react/link.js';
import { TrackerProvider, useTracker } from '../react/index.js';
import { createTracker } from '../src/index.js';

/** A tracker that notes its calls. */
const noting = () => {
  const noted = [];
  const note = (name) => (...args) => void noted.push([name, ...args]);
  return { noted, tracker: { track: note('track'), stop: note('stop'), on: () => note('off') } };
};
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

test('a server renders a provider and its hook, and calls there do nothing', async () => {
  const Button = () => {
    const { track, collectEvent } = useTracker();
    track('Rendered');
    collectEvent({ name: 'Rendered' });
    return createElement('button', null, 'Swap');
  };

  const html = renderToString(createElement(TrackerProvider, { writeKey: 'k' }, createElement(Button)));

  assert.equal(html, '<button>Swap</button>');
  assert.equal(typeof window, 'undefined');
});

test('a tracker without a page does nothing, and says so to nobody', async () => {
  const tracker = createTracker({ writeKey: 'k' });

  tracker.track('Nothing');
  tracker.onDrop(() => assert.fail())();
  await tracker.flush();
});

test('calls before the effect wait, in order', () => {
  const { noted, tracker } = noting();
  const { calls, connect } = createLink();
  calls.track('First');
  calls.collectEvent({ name: 'Second', params: { n: 2 } });

  connect('k', () => tracker);
  calls.track('Third');

  assert.deepEqual(noted, [['track', 'First'], ['track', 'Second', { n: 2 }], ['track', 'Third']]);
});

test('an effect that is made again at once goes on with its tracker', async () => {
  const { noted, tracker } = noting();
  const { calls, connect } = createLink();
  let made = 0;
  const make = () => ((made += 1), tracker);

  connect('k', make)();
  connect('k', make);
  calls.track('On');
  await turn();

  assert.deepEqual([made, noted], [1, [['track', 'On']]]);
});

test('the last unmount ends it, other options end it at once', async () => {
  const [one, two] = [noting(), noting()];
  const { connect } = createLink();

  connect('k', () => one.tracker);
  const cleanUp = connect('other', () => two.tracker);
  cleanUp();
  await turn();

  assert.deepEqual([one.noted, two.noted], [[['stop']], [['stop']]]);
});

test('a listener that came early can be removed', async () => {
  const { noted, tracker } = noting();
  const { calls, connect } = createLink();
  const off = calls.on(() => {});

  connect('k', () => tracker);
  off();
  await turn();

  assert.deepEqual(noted, [['off']]);
});
