import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { jumper } from '../../adapters/jumper.js';
import { assertGolden, CATALOGUE } from './golden.js';
import { createRecorder } from './page.js';
import { HASH, OWNER, RECEIVER } from './payloads.js';

const ACTIONS = Object.values(CATALOGUE.events).flatMap((event) => event.jumper ?? []);
const PARAMS = Object.entries(CATALOGUE.params).flatMap(([name, param]) => (param.jumper ?? []).map((key) => [key, name]));
let tracker;
let site;

/** @param {object} [options] */
const attach = (options) => {
  tracker = createRecorder();
  site = jumper(tracker, options);
};
beforeEach(() => attach({ counts: 'jumper' }));

/** The route set of `trackTransaction`, value for value as the site fills it. */
const ROUTE_SET = {
  param_action: 'execution_completed',
  param_error_code: '',
  param_error_message: `User rejected the request: ${OWNER}`,
  param_fee_cost: 31250,
  param_fee_cost_formatted: '0.03125',
  param_fee_cost_usd: '0.03',
  param_from_amount: '12500000',
  param_from_amount_usd: '12.50',
  param_from_token: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
  param_from_chain_id: 1,
  param_last_step_action: 'RECEIVING_CHAIN',
  param_error: '',
  param_exchange: 'across',
  param_gas_cost: 400000000000000n,
  param_gas_cost_formatted: '0.0004',
  param_gas_cost_usd: '0.31',
  param_is_final: true,
  param_message: 'done',
  param_nb_of_steps: 1,
  param_route_id: 'r2',
  param_routes: { 0: { param_tags: ['RECOMMENDED'] } },
  param_session_id: '0190f5fe-7c00-7a00-8abc-012345678901',
  param_slippage: 0.005,
  param_status: 'DONE',
  param_step_ids: 'r2-s0',
  param_steps: 'across',
  param_to_token: '0x94b008aA00579c1307B0EF2c499aD98a8ce58e58',
  param_to_chain_id: 10,
  param_timestamp: '2026-11-25T10:00:00.000Z',
  param_tags: ['RECOMMENDED', 'FASTEST'],
  param_time: 30,
  param_to_amount: '123456789012345678901',
  param_to_amount_formatted: '12.44',
  param_to_amount_usd: '12.44',
  param_to_amount_min: '123000000000000000000',
  param_transaction_id: 't1,t2',
  param_transaction_hash: `${HASH},${HASH}`,
  param_transaction_link: `https://x.test/tx/${HASH}`,
  param_transaction_status: 'DONE',
  param_type: 'CROSS_CHAIN',
};

const VALUES = {
  text: 'x',
  integer: 7,
  decimal: '1.5',
  digits: '12500000000000000000',
  boolean: true,
  scalar: 'x',
  list: ['a'],
  object: { a: 1 },
};

test('each of the 136 actions and the bare one becomes its event of the catalogue', async () => {
  for (const [name, event] of Object.entries(CATALOGUE.events)) {
    for (const action of event.jumper ?? []) {
      await site.trackEvent({ action, category: 'cat_x', label: 'x', data: {} });
      assert.equal(tracker.names().at(-1), name, action);
    }
  }

  assert.equal(tracker.events.length, ACTIONS.length);
  assert.deepEqual(ACTIONS.filter((action) => !action.startsWith('action_')), ['zap_withdraw']);
  assert.equal(ACTIONS.length - 2, 136, 'the two besides: zap_withdraw, and action_select_wallet of the system before');
});

test('each of its parameters becomes its parameter of the catalogue', async () => {
  for (const [key, name] of PARAMS) {
    const of = key.endsWith('field_') ? `${key}1` : key;
    await site.trackEvent({ action: 'action_x', data: { [of]: 'x' } });
    assert.ok(name in tracker.last(), key);
  }

  assert.equal(PARAMS.length, 144);
});

test('a set-up of the widget is a parameter, not a name', async () => {
  const variants = new Set();
  for (const action of ACTIONS) {
    await site.trackEvent({ action, data: {} });
    if (tracker.last()?.widget_variant) variants.add(tracker.last().widget_variant);
  }

  assert.deepEqual([...variants].sort(), ['advanced', 'dust', 'earn_deposit', 'earn_withdraw', 'limit', 'mission', 'private', 'zap']);
});

test('a transaction keeps its 40 parameters, amounts as text', async () => {
  await site.trackTransaction({ action: 'action_on_route_exec_completed', category: 'cat_widget_event', label: 'execution_success', data: ROUTE_SET, enableAddressable: true, isConversion: true });

  const sent = tracker.last();
  assert.equal(tracker.names()[0], 'lifi_route_execution_completed');
  assert.equal(Object.keys(ROUTE_SET).length, 40);
  assert.deepEqual(
    [sent.to_amount, sent.gas_cost, sent.fee_cost, sent.route_tags, sent.duration_s, sent.event_label, sent.is_conversion],
    ['123456789012345678901', '400000000000000', '31250', 'RECOMMENDED,FASTEST', 30, 'execution_success', true],
  );
});

test('of the routes offered it counts routes, of a transaction steps', async () => {
  await site.trackEvent({ action: 'action_available_routes', data: { param_nb_of_steps: 3 } });
  await site.trackTransaction({ action: 'action_on_route_exec_started', data: { param_nb_of_steps: 1 } });

  assert.deepEqual(tracker.events.map(({ properties }) => [properties.route_count, properties.step_count]), [[3, undefined], [undefined, 1]]);
});

test('an address that receives is not the visitor\'s wallet', async () => {
  await site.trackEvent({ action: 'action_on_low_address_activity_confirmed', data: { param_wallet_address: RECEIVER } });
  await site.trackEvent({ action: 'action_connect_wallet', data: { param_wallet_address: OWNER, param_wallet: 'MetaMask', param_ecosystem: 'EVM' } });

  const [confirmed, connected] = tracker.events.map(({ properties }) => properties);
  assert.deepEqual([confirmed.receiver_address, confirmed.wallet_address], [RECEIVER, undefined]);
  assert.deepEqual([connected.wallet_address, connected.connector_name, connected.chain_type], [OWNER, 'MetaMask', 'EVM']);
});

test('by default what the widget reports is left to the LI.FI adapter, dust apart', async () => {
  attach();

  for (const action of ACTIONS) await site.trackEvent({ action });

  const widgets = tracker.events.filter(({ event }) => event.startsWith('lifi_'));
  assert.deepEqual(widgets.map(({ properties }) => properties.widget_variant), ['dust', 'dust', 'dust']);
  const site_events = Object.keys(CATALOGUE.events).filter((name) => CATALOGUE.events[name].jumper && !name.startsWith('lifi_'));
  assert.deepEqual(new Set(tracker.names().filter((name) => !name.startsWith('lifi_'))), new Set(site_events));
});

test('the tabs Exchange, Gas and Buy', async () => {
  for (const tab of ['exchange', 'gas', 'buy']) await site.tab(tab);
  await site.trackEvent({ action: 'action_switch_tab', category: 'cat_navigation', label: 'switch_tab_to_buy', data: { param_tab: 'buy' } });

  assert.deepEqual(tracker.events.map(({ event, properties }) => [event, properties.tab_name]), ['exchange', 'gas', 'buy', 'buy'].map((tab) => ['switch_tab', tab]));
});

for (const ecosystem of ['EVM', 'SVM', 'UTXO', 'MVM', 'TVM', 'STL']) {
  test(`a wallet's logo: selected, connected or not (${ecosystem})`, async () => {
    const wallet = { wallet: 'Phantom', ecosystem, chain_id: 1 };

    await site.wallet('select', wallet);
    await site.wallet('connect', { ...wallet, wallet_address: OWNER });
    await site.wallet('connect_fail', { ...wallet, error_code: 4001 });

    assert.deepEqual(tracker.names(), ['wallet_select', 'wallet_connect', 'wallet_connect_fail']);
    const [selected, connected, failed] = tracker.events.map(({ properties }) => properties);
    assert.deepEqual(selected, { connector_name: 'Phantom', chain_type: ecosystem, chain_id: 1, adapter: 'jumper' });
    assert.equal(connected.wallet_address, OWNER);
    assert.equal(failed.error_code, 4001);
  });
}

test('what is typed into a mission is gathered, under one name', async () => {
  await site.trackEvent({ action: 'action_click_mission_task_verify', data: { param_mission_task_input_field_0: 'a@b.test', param_mission_task_input_field_1: OWNER } });

  assert.deepEqual(tracker.last().mission_task_inputs, { mission_task_input_field_0: 'a@b.test', mission_task_input_field_1: OWNER });
});

test('an event that the site keeps from GA says so', async () => {
  await site.trackEvent({ action: 'action_click_banner', disableTrackingTool: ['GA', 'Addressable'] });

  assert.equal(tracker.last().disabled_tools, 'GA,Addressable');
});

test('no call rejects or throws', async () => {
  await site.trackEvent({});
  await site.trackEvent({ action: 'action_x', data: null });
  await site.wallet('select');

  assert.deepEqual(tracker.names(), ['x', 'wallet_select']);
});

test('golden payloads: each event of the catalogue that the site reports, with all of its parameters', async () => {
  for (const event of Object.values(CATALOGUE.events)) {
    const names = new Set(event.params);
    const data = Object.fromEntries(PARAMS.filter(([, name]) => names.has(name)).map(([key, name]) => [key, VALUES[CATALOGUE.params[name].type]]));
    const [action] = event.jumper ?? [];
    if (action) await site.trackEvent({ action, category: 'cat_x', label: 'x', value: 1, isConversion: false, data });
  }
  await site.trackTransaction({ action: 'action_on_route_exec_started_zap', category: 'cat_widget_event', label: 'execution_start', data: ROUTE_SET });

  assertGolden('jumper.json', tracker.events);
});
