// @ts-check
/** The payload of each widget event → the catalogue's parameters. Pure functions. */
import { pick } from './names.js';
import { actionParams, executionParams, offerParams, routeParams } from './route.js';

const ADDRESS = /^\w{26,}$/; // an address of any chain, or a hash: one long word

/** @param {any} value what it is, never the value itself: it may be somebody's address */
const kindOf = (value) => {
  if ((value ?? '') === '') return 'empty';
  return ADDRESS.test(value) ? 'address' : value.map ? 'list' : typeof value;
};

/** What one list holds that the other does not. @param {string} sign @param {any[]} list @param {any[]} [other] */
const more = (sign, list, other = []) => list.filter((name) => !other.includes(name)).map((name) => sign + name);

/** What a setting became; of a list what came and what went. @param {any} before @param {any} now */
export const settingParams = (before, now) =>
  now?.map
    ? { new_setting_value: [...more('+', now, before), ...more('-', before ?? [], now)].join() }
    : { new_setting_value: now, previous_setting_value: before };

/** @param {string} [prefix] @returns {(data: any) => Record<string, unknown>} */
const all = (prefix) => (data) => pick(data, /./, prefix);

/** @param {string} name @returns {(value: any) => Record<string, any>} */
const as = (name) => (value) => ({ [name]: value });

/** @param {string} name of the address @returns {(data: any) => Record<string, any>} */
const whose = (name) => (data) => ({ ...pick(data, /^c/), [name]: data.address });

/** @type {Record<string, (data: any) => Record<string, any>>} */
export const FLAT = {
  appearanceChanged: as('appearance'),
  availableRoutes: offerParams,
  chainPinned: all(),
  contactSupport: all(),
  destinationChainTokenSelected: all('to_'),
  formFieldChanged: ({ fieldName, newValue }) => ({ form_field: fieldName, value_kind: kindOf(newValue), value_length: newValue?.length ?? 0 }),
  lowAddressActivityConfirmed: whose('receiver_address'),
  navigationTabChanged: ({ tab, previousTab }) => ({ tab_name: tab, previous_tab: previousTab }),
  pageEntered: as('widget_page'),
  reviewTransactionPageEntered: (route) => route && routeParams(route),
  routeExecutionCompleted: executionParams,
  routeExecutionFailed: actionParams,
  routeExecutionStarted: executionParams,
  routeExecutionUpdated: actionParams,
  routeHighValueLoss: all(),
  routeSelected: ({ route, routes }) => ({
    ...routeParams(route),
    route_position: routes.findIndex((/** @type {any} */ one) => one.id === route.id),
    route_count: routes.length,
  }),
  sendToWalletToggled: as('send_to_wallet'),
  settingUpdated: ({ setting }) => ({ setting_name: setting }),
  sourceChainTokenSelected: all('from_'),
  tokenSearch: ({ value, tokens }) => ({
    query_length: value.length,
    is_address: ADDRESS.test(value),
    result_count: tokens.length,
    first_result_symbol: tokens[0]?.symbol,
  }),
  tokensReversed: all(),
  walletConnected: whose('wallet_address'),
  walletDisconnected: whose('wallet_address'),
  widgetExpanded: as('expanded'),
};
