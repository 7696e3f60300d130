import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { EventEmitter } from 'eventemitter3';
import mitt from 'mitt';
import { lifi } from '../../adapters/lifi.js';
import { assertGolden, CATALOGUE } from './golden.js';
import { createRecorder, openPage } from './page.js';
import { HASH, OWNER, PAYLOADS, PAYLOADS_3, RECEIVER, route, running, START, update, update3 } from './payloads.js';

const EMITTERS = { eventemitter3: () => new EventEmitter(), mitt: () => mitt() };
const ALL = { ...PAYLOADS, ...PAYLOADS_3 };
let page;
let tracker;
let widget;
let wallet;
let adapter;

/** @param {object} [options] */
const attach = (options) => {
  widget ??= new EventEmitter();
  wallet ??= new EventEmitter();
  tracker = createRecorder();
  adapter = lifi(tracker, { widget, wallet, ...options });
};
const emitterOf = (event) => (event.startsWith('wallet') ? wallet : widget);
const emit = (event, data) => emitterOf(event).emit(event, data);
const act = () => page.dispatchEvent(new Event('pointerdown'));
const rest = (ms = 1_000) => mock.timers.tick(ms);
/** @param {string} name */
const told = (name) => tracker.events.filter(({ event }) => event === name).map(({ properties }) => properties);

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: START });
  page = openPage();
  widget = wallet = undefined;
});
afterEach(() => {
  adapter?.stop();
  mock.timers.reset();
  delete globalThis.window;
});

for (const [name, createEmitter] of Object.entries(EMITTERS)) {
  test(`every event of the widget becomes its event of the catalogue (${name})`, () => {
    [widget, wallet] = [createEmitter(), createEmitter()];
    attach();

    for (const [event, plan] of Object.entries(CATALOGUE.events)) {
      for (const emitted of plan.widget ?? []) {
        if (!(emitted in ALL)) continue;
        emit(emitted, ALL[emitted]);
        rest();
        assert.equal(tracker.names().at(-1), event, emitted);
      }
    }
  });

  test(`stop leaves no listener behind, not even an empty list (${name})`, () => {
    [widget, wallet] = [createEmitter(), createEmitter()];
    const own = () => {};
    widget.on('routeSelected', own);
    attach({ events: { New: 'somethingNew' } });

    adapter.stop();
    act();
    emit('pageEntered', '/');

    const left = widget.all ? [...widget.all] : widget.eventNames().map((event) => [event, widget.listeners(event)]);
    assert.deepEqual(left, [['routeSelected', [own]]]);
    assert.deepEqual(tracker.events, []);
  });
}

test('stop leaves no listener on the page, and no wallet that is yet to be told', () => {
  const signals = [];
  page.addEventListener = (kind, work, { signal }) => signals.push(signal);
  attach();
  adapter.account(ACCOUNT);

  adapter.stop();
  rest();

  assert.deepEqual(signals.map(({ aborted }) => aborted), [true, true, true, true]);
  assert.deepEqual(tracker.events, []);
});

test('golden payloads, with what the lake keeps', () => {
  attach({ version: '4.5.0', variant: 'main' });

  for (const [event, data] of Object.entries(ALL)) {
    act();
    emit(event, data);
    rest();
  }

  assertGolden('lifi.json', tracker.events);
});

test('parameters are those that the catalogue lists for the event', () => {
  attach();
  for (const [event, data] of Object.entries(ALL)) (emit(event, data), rest());

  for (const { event, properties } of tracker.events) {
    const allowed = new Set([...CATALOGUE.events[event].params, ...CATALOGUE.common]);
    assert.deepEqual(Object.keys(properties).filter((name) => !allowed.has(name)), [], event);
  }
});

test('an event of a newer widget is reported by name and payload', () => {
  attach({ events: { SomethingNew: 'somethingNew' } });

  emit('somethingNew', { depth: 7n });

  assert.deepEqual(tracker.events, [{ event: 'lifi_something_new', properties: { origin: 'auto', adapter: 'lifi', payload: { depth: '7' } } }]);
});

test('a payload that cannot be read is told to onError and thrown to nobody', () => {
  const errors = [];
  attach({ onError: (error) => errors.push(error) });

  emit('routeSelected', null);
  emit('pageEntered', '/');

  assert.equal(errors.length, 1);
  assert.deepEqual(tracker.names(), ['lifi_page_entered']);
});

test('amounts stay the strings they are, also beyond a double; a bigint keeps its digits', () => {
  attach();

  emit('routeExecutionStarted', route('r'));
  emit('tokenSearch', PAYLOADS.tokenSearch);
  rest();

  assert.equal(told('lifi_route_execution_started')[0].to_amount, '123456789012345678901');
  assert.equal(told('lifi_route_execution_started')[0].from_amount_usd, '12.50');
  assert.equal(told('lifi_token_search')[0].payload.tokens[0].amount, '12345678901234567890');
});

test('a long list keeps three, a chosen route leaves its rivals, and the parameters keep their room', () => {
  attach();
  const many = Array.from({ length: 40 }, (_, n) => route('r' + n));

  emit('availableRoutes', many);
  emit('routeSelected', { route: many[0], routes: many });

  const [offered, selected] = tracker.events.map(({ properties }) => properties);
  assert.deepEqual(offered.payload.map(({ id }) => id), ['r0', 'r1', 'r2']);
  assert.deepEqual([offered.route_count, selected.route_count, selected.payload.id], [40, 40, 'r0']);
});

test('no flat parameter but a wallet\'s own holds an address or a hash', () => {
  attach();
  for (const [event, data] of Object.entries(ALL)) (emit(event, data), rest());
  const never = Object.keys(CATALOGUE.params).filter((name) => ['never', 'personal'].includes(CATALOGUE.params[name].privacy));

  for (const { event, properties } of tracker.events) {
    for (const name of never) delete properties[name];
    const text = JSON.stringify(properties);
    for (const secret of [OWNER, RECEIVER, HASH]) assert.ok(!text.includes(secret), `${event}: ${text}`);
  }
});

test('routes count once for a source, a destination and an amount', () => {
  attach();
  const other = [{ ...route('r3'), fromAmount: '99' }];

  for (const routes of [[route('r1'), route('r2')], [route('r4')], other, [route('r5')]]) emit('availableRoutes', routes);

  assert.deepEqual(told('lifi_available_routes').map((one) => [one.from_amount, one.route_count]), [['12500000', 2], ['99', 1]]);
});

test('no routes count once for what the form asked', () => {
  attach();
  const amount = (newValue) => emit('formFieldChanged', { fieldName: 'fromAmount', newValue, oldValue: '' });

  for (const value of ['1', '1', '2']) (amount(value), emit('availableRoutes', []));

  assert.deepEqual(told('lifi_available_routes').map((one) => one.route_count), [0, 0]);
});

test('an execution is updated on change only', () => {
  attach();
  emit('routeExecutionStarted', route('r'));

  for (const status of ['STARTED', 'STARTED', 'PENDING', 'PENDING', 'DONE']) emit('routeExecutionUpdated', update('r', status));

  assert.deepEqual(told('lifi_route_execution_updated').map((one) => one.action_status), ['STARTED', 'PENDING', 'DONE']);
});

test('3.x says process where 4.x says action', () => {
  attach();

  emit('routeExecutionUpdated', update3('r', 'PENDING', { txHash: HASH, substatus: 'WAIT_SOURCE_CONFIRMATIONS' }));
  emit('routeExecutionFailed', update3('r', 'FAILED', { error: { code: 1003 }, substatus: 'SLIPPAGE_EXCEEDED' }));

  const [updated, failed] = [told('lifi_route_execution_updated')[0], told('lifi_route_execution_failed')[0]];
  assert.deepEqual([updated.action_type, updated.action_substatus, updated.tx_hash], ['CROSS_CHAIN', 'WAIT_SOURCE_CONFIRMATIONS', HASH]);
  assert.deepEqual([failed.error_code, failed.error_class], [1003, 'slippage']);
});

test('an execution of 3.x lasts from its first process', () => {
  attach();

  emit('routeExecutionCompleted', update3('r', 'DONE', { txHash: HASH }).route);

  const [completed] = told('lifi_route_execution_completed');
  assert.deepEqual([completed.exec_duration_s, completed.tx_hash], [20, HASH]);
});

test('an action without a transaction of its own belongs to the one before', () => {
  attach();
  const sent = { type: 'CROSS_CHAIN', status: 'DONE', txHash: HASH };
  const action = { type: 'RECEIVING_CHAIN', status: 'PENDING' };

  emit('routeExecutionUpdated', { route: running('r', [sent, action]), action });

  assert.equal(told('lifi_route_execution_updated')[0].tx_hash, HASH);
});

const endsOf = (id) =>
  tracker.events
    .filter(({ event, properties }) => /started|completed|failed/.test(event) && properties.route_id === id)
    .map(({ event, properties }) => [event.replace('lifi_route_execution_', ''), properties.attempt]);

test('try again is a second attempt under the same route, each with one end', () => {
  attach();

  emit('routeExecutionStarted', route('r'));
  emit('routeExecutionUpdated', update('r', 'FAILED'));
  emit('routeExecutionFailed', update('r', 'FAILED'));
  emit('routeExecutionFailed', update('r', 'FAILED'));
  emit('routeExecutionUpdated', update('r', 'FAILED', { substatus: 'late' }));
  emit('routeExecutionUpdated', update('r', 'STARTED'));
  emit('routeExecutionFailed', update('r', 'FAILED'));
  emit('routeExecutionUpdated', update('r', 'PENDING'));
  for (let n = 0; n < 2; n += 1) emit('routeExecutionCompleted', running('r', [], 'DONE'));
  emit('routeExecutionUpdated', update('r', 'DONE'));

  assert.deepEqual(endsOf('r'), [['started', 1], ['failed', 1], ['failed', 2], ['completed', 3]]);
  assert.deepEqual(told('lifi_route_execution_updated').map((one) => [one.action_status, one.attempt]), [['FAILED', 1], ['STARTED', 2], ['PENDING', 3]]);
});

test('a reload does not tell again where an execution is, nor does a second tab', () => {
  attach();
  emit('routeExecutionStarted', route('r'));
  emit('routeExecutionUpdated', update('r', 'PENDING'));
  adapter.stop();
  const { localStorage } = page;

  page = openPage({ localStorage });
  widget = undefined;
  attach();
  emit('routeExecutionUpdated', update('r', 'PENDING'));
  emit('routeExecutionUpdated', update('r', 'PENDING', { substatus: 'WAIT_DESTINATION_TRANSACTION' }));
  const other = createRecorder();
  const otherTab = lifi(other, { widget });
  emit('routeExecutionUpdated', update('r', 'DONE'));
  otherTab.stop();

  assert.deepEqual(tracker.events.map(({ properties }) => properties.action_status), ['PENDING', 'DONE']);
  assert.deepEqual(other.events, []);
});

test('a reload goes on with the attempt, and a second tab does not end it twice', () => {
  attach();
  emit('routeExecutionStarted', route('r'));
  emit('routeExecutionFailed', update('r', 'FAILED'));
  const events = [...tracker.events];
  adapter.stop();
  const { localStorage } = page;

  page = openPage({ localStorage });
  widget = wallet = undefined;
  attach();
  emit('routeExecutionUpdated', update('r', 'PENDING'));
  emit('routeExecutionCompleted', running('r', [], 'DONE'));
  const other = createRecorder();
  const otherTab = lifi(other, { widget });
  emit('routeExecutionCompleted', running('r', [], 'DONE'));
  otherTab.stop();

  tracker.events.unshift(...events);
  assert.deepEqual(endsOf('r'), [['started', 1], ['failed', 1], ['completed', 2]]);
  assert.deepEqual(other.events, []);
});

const STORAGES = {
  refused: { get localStorage() { throw new DOMException('no', 'SecurityError'); } },
  'full': { localStorage: { getItem: () => null, setItem: () => { throw new DOMException('full', 'QuotaExceededError'); } } },
  'of somebody else': { localStorage: { getItem: () => 'not ours', setItem: () => {} } },
};
for (const [name, more] of Object.entries(STORAGES)) {
  test(`attempts are told apart where storage is ${name}`, () => {
    page = openPage();
    globalThis.window = Object.defineProperties(page, Object.getOwnPropertyDescriptors(more));
    attach();

    emit('routeExecutionStarted', route('r'));
    emit('routeExecutionFailed', update('r', 'FAILED'));
    emit('routeExecutionUpdated', update('r', 'STARTED'));
    emit('routeExecutionCompleted', running('r', [], 'DONE'));

    assert.deepEqual(endsOf('r'), [['started', 1], ['failed', 1], ['completed', 2]]);
  });
}

test('what is kept of executions stays small and holds no address', () => {
  attach();
  for (let n = 0; n < 100; n += 1) emit('routeExecutionStarted', route('r' + n));
  emit('routeExecutionUpdated', update('r99', 'PENDING', { txHash: HASH }));

  const kept = page.localStorage.getItem('_lifi');
  assert.equal(JSON.parse(kept).length, 30);
  for (const secret of [OWNER, HASH]) assert.ok(!kept.includes(secret));
});

test('typed characters are one change, of the value before to the value after', () => {
  attach();
  act();

  let oldValue = '';
  for (const newValue of ['1', '12', '12.', '12.5']) {
    emit('formFieldChanged', { fieldName: 'fromAmount', newValue, oldValue });
    oldValue = newValue;
    rest(300);
  }
  assert.deepEqual(tracker.events, []);
  rest();

  assert.deepEqual(told('lifi_form_field_changed').map((one) => [one.form_field, one.value_kind, one.value_length, one.origin]), [['fromAmount', 'string', 4, 'user']]);
});

test('typed and taken back is nothing', () => {
  attach();

  emit('formFieldChanged', { fieldName: 'fromAmount', newValue: '1', oldValue: '' });
  emit('formFieldChanged', { fieldName: 'fromAmount', newValue: '', oldValue: '1' });
  rest();

  assert.deepEqual(tracker.events, []);
});

test('nothing that becomes empty is nothing', () => {
  attach();

  emit('formFieldChanged', { fieldName: 'toAddress', newValue: '', oldValue: undefined });
  rest();

  assert.deepEqual(tracker.events, []);
});

test('what waits is told when the page hides and when the adapter stops', () => {
  attach();

  emit('formFieldChanged', { fieldName: 'toAddress', newValue: RECEIVER, oldValue: '' });
  page.dispatchEvent(new Event('visibilitychange'));
  assert.equal(tracker.events.length, 1);
  emit('formFieldChanged', { fieldName: 'priceInverted', newValue: true, oldValue: false });
  adapter.stop();

  assert.deepEqual(told('lifi_form_field_changed').map((one) => [one.form_field, one.value_kind]), [['toAddress', 'address'], ['priceInverted', 'boolean']]);
});

test('what is reported once it rests carries the time of its last change', () => {
  attach();

  emit('formFieldChanged', { fieldName: 'fromAmount', newValue: '1', oldValue: '' });
  rest(300);
  emit('formFieldChanged', { fieldName: 'fromAmount', newValue: '12', oldValue: '1' });
  emit('pageEntered', '/');
  rest();

  assert.deepEqual(tracker.names(), ['lifi_page_entered', 'lifi_form_field_changed']);
  assert.deepEqual(tracker.times, [300, 300].map((ms) => new Date(START + ms).toISOString()));
});

test('a search counts once it rests, and once', () => {
  attach();

  for (const value of ['u', 'us', 'usd']) emit('tokenSearch', { value, tokens: [] });
  emit('tokenSearch', { value: 'usd', tokens: [{ symbol: 'USDC' }] });
  rest();
  emit('tokenSearch', { value: 'usd', tokens: [{ symbol: 'USDC' }] });
  emit('formFieldChanged', { fieldName: 'tokenSearchFilter', newValue: '', oldValue: '' });
  rest();

  assert.deepEqual(told('lifi_token_search').map((one) => [one.query_length, one.result_count, one.first_result_symbol]), [[3, 1, 'USDC']]);
});

const SETTINGS = {
  'a value': [[['routePriority', 'CHEAPEST', 'FASTEST']], [['routePriority', 'FASTEST', 'CHEAPEST']]],
  'there and back': [[['slippage', '0.5', '1'], ['slippage', '1', '0.5']], []],
  'a list': [[['enabledBridges', ['a', 'b'], ['b', 'c']]], [['enabledBridges', '+c,-a', undefined]]],
  'a list, click by click': [[['enabledBridges', ['a', 'b'], ['b']], ['enabledBridges', ['b'], []]], [['enabledBridges', '-a,-b', undefined]]],
  'a list, there and back': [[['enabledBridges', ['a'], []], ['enabledBridges', [], ['a']]], []],
  'its mirror and its twin': [[['disabledBridges', [], ['a']], ['_enabledBridges', { a: true }, {}]], []],
  'the widget\'s own books': [[['languageCache', {}, { en: {} }], ['lastDefaultLanguage', undefined, 'en']], []],
};
for (const [name, [changes, expected]] of Object.entries(SETTINGS)) {
  test(`settings come as a difference: ${name}`, () => {
    attach();

    for (const [setting, oldValue, newValue] of changes) emit('settingUpdated', { setting, oldValue, newValue, newSettings: {}, oldSettings: {} });
    rest();

    assert.deepEqual(told('lifi_setting_updated').map((one) => [one.setting_name, one.new_setting_value, one.previous_setting_value]), expected);
  });
}

test('what nobody caused is marked', () => {
  attach();

  emit('settingUpdated', { setting: 'routePriority', newValue: 'CHEAPEST', newSettings: {} });
  emit('pageEntered', '/');
  emit('widgetExpanded', false);
  emit('formFieldChanged', { fieldName: 'fromChain', newValue: 1, oldValue: undefined });
  emit('availableRoutes', [route('r')]);
  rest();

  assert.deepEqual(new Set(tracker.events.map(({ properties }) => properties.origin)), new Set(['auto']));
  assert.equal(told('lifi_setting_updated')[0].value_origin, 'default');
});

test('what follows a touch or a key is the visitor\'s, for a moment', () => {
  attach();

  act();
  emit('pageEntered', '/settings');
  rest(2_000);
  emit('pageEntered', '/');
  page.dispatchEvent(new Event('keydown'));
  emit('pageEntered', '/from-token');
  rest(2_000);
  page.dispatchEvent(new Event('input'));
  emit('pageEntered', '/');

  assert.deepEqual(told('lifi_page_entered').map((one) => one.origin), ['user', 'auto', 'user', 'user']);
});

test('the amount that a start clears was cleared by nobody', () => {
  attach();
  act();

  emit('routeExecutionStarted', route('r'));
  emit('formFieldChanged', { fieldName: 'fromAmount', newValue: '', oldValue: '12.5' });
  rest();

  assert.deepEqual(told('lifi_form_field_changed').map((one) => one.origin), ['auto']);
  assert.equal(told('lifi_route_execution_started')[0].origin, 'user');
});

test('a page is entered once, though StrictMode says it twice', () => {
  attach();

  for (const path of ['/', '/', '/settings', '/settings', '/']) emit('pageEntered', path);

  assert.deepEqual(told('lifi_page_entered').map((one) => one.widget_page), ['/', '/settings', '/']);
});

for (const [name, createEmitter] of Object.entries(EMITTERS)) {
  test(`asking for support opens the page that the widget would have opened (${name})`, () => {
    widget = createEmitter();
    attach();

    emit('contactSupport', { supportId: HASH });

    assert.deepEqual(page.opened, [['https://help.li.fi', '_blank', 'nofollow noreferrer']]);
    assert.equal(told('lifi_contact_support').length, 1);
  });

  test(`where the site answers itself, nothing is opened (${name})`, () => {
    widget = createEmitter();
    attach();
    widget.on('contactSupport', () => {});

    emit('contactSupport', {});

    assert.deepEqual(page.opened, []);
    assert.equal(told('lifi_contact_support').length, 1);
  });
}

const ACCOUNT = { ...PAYLOADS.walletConnected, address: OWNER.toLowerCase() };

test('a wallet that was still authorised is a reconnect', () => {
  attach();

  adapter.account(ACCOUNT);
  adapter.account(ACCOUNT);
  rest();
  adapter.account(ACCOUNT);
  rest();

  assert.deepEqual(told('lifi_wallet_connected').map((one) => [one.connect_origin, one.origin]), [['reconnect', 'auto']]);
  assert.deepEqual(tracker.wallets, [[ACCOUNT.address, 'EVM', { provider: 'MetaMask' }]]);
});

test('a wallet that was clicked becomes the account first, and is one click', () => {
  attach();

  adapter.account(ACCOUNT);
  rest(400);
  emit('walletConnected', PAYLOADS.walletConnected);
  adapter.account(ACCOUNT);
  rest();

  assert.deepEqual(told('lifi_wallet_connected').map((one) => [one.connect_origin, one.origin]), [['click', 'user']]);
});

test("a wallet of the site's own menu is a click, at the time that the site told of it", () => {
  attach();

  rest(5);
  adapter.account(ACCOUNT, 'click');
  rest();

  assert.deepEqual(told('lifi_wallet_connected').map((one) => [one.connect_origin, one.origin]), [['click', 'user']]);
  assert.deepEqual(tracker.times, [new Date(START + 5).toISOString()]);
});

test('a wallet that goes and comes back connects again', () => {
  attach();

  emit('walletConnected', PAYLOADS.walletConnected);
  emit('walletDisconnected', PAYLOADS.walletDisconnected);
  adapter.account(null);
  emit('walletConnected', PAYLOADS.walletConnected);
  adapter.account(null);

  assert.deepEqual(tracker.names(), ['lifi_wallet_connected', 'lifi_wallet_disconnected', 'lifi_wallet_connected', 'lifi_wallet_disconnected']);
  assert.deepEqual(tracker.wallets.map(([address]) => address), [OWNER, undefined, OWNER, undefined]);
});

test('a private variant reports what the catalogue allows, without payload', () => {
  attach({ variant: 'private' });

  for (const [event, data] of Object.entries(ALL)) (emit(event, data), rest());

  const allowed = Object.keys(CATALOGUE.events).filter((name) => CATALOGUE.events[name].private);
  assert.deepEqual(new Set(tracker.names()), new Set(allowed));
  assert.ok(tracker.events.every(({ properties }) => !('payload' in properties) && properties.widget_variant === 'private'));
});

test('the widget\'s own tab is the variant where the site names none', () => {
  attach();

  emit('navigationTabChanged', { tab: 'private' });
  emit('pageEntered', '/');
  emit('navigationTabChanged', { tab: 'limit' });
  emit('pageEntered', '/x');

  assert.deepEqual(tracker.events.map(({ event, properties }) => [event, properties.widget_variant]), [['lifi_navigation_tab_changed', 'limit'], ['lifi_page_entered', 'limit']]);
});

test('what waits belongs to the set-up in which it was typed: what is private stays so', () => {
  let variant = 'private';
  [widget, tracker] = [new EventEmitter(), createRecorder()];
  adapter = lifi(tracker, { widget, get variant() { return variant; } });
  const amount = (fieldName) => emit('formFieldChanged', { fieldName, newValue: RECEIVER, oldValue: '' });

  amount('toAddress');
  variant = 'refuel';
  amount('toToken');
  variant = 'main';
  rest();

  assert.deepEqual(tracker.events.map(({ properties }) => [properties.form_field, properties.widget_variant]), [['toToken', 'refuel']]);
});

test('where Jumper\'s calls count, only what they never report is reported', () => {
  attach({ counts: 'jumper' });

  for (const [event, data] of Object.entries(ALL)) (emit(event, data), rest());

  const onlyHere = Object.keys(CATALOGUE.events).filter((name) => CATALOGUE.events[name].widget && !CATALOGUE.events[name].jumper);
  assert.deepEqual(new Set(tracker.names()), new Set(onlyHere));
});

test('each rule of the catalogue holds: a report that comes again', () => {
  for (const [event, plan] of Object.entries(CATALOGUE.events)) {
    const emitted = plan.widget?.find((one) => one in ALL);
    if (!emitted || plan.dedupe === 'final') continue;
    widget = wallet = undefined;
    openPage();
    attach();

    for (let n = 0; n < 2; n += 1) emit(emitted, ALL[emitted]);
    rest();

    // A wallet can be disconnected once only.
    const expected = plan.dedupe === 'each' && event !== 'lifi_wallet_disconnected' ? 2 : 1;
    assert.equal(told(event).length, expected, event);
    adapter.stop();
  }
});

test('without a page, as on a server, it listens and does not throw', () => {
  delete globalThis.window;
  attach();

  emit('pageEntered', '/');
  emit('routeExecutionStarted', route('r'));

  assert.deepEqual(tracker.names(), ['lifi_page_entered', 'lifi_route_execution_started']);
});
