import type { RouteExtended } from 'sdk';
import type { WalletManagementEvents } from 'wallet/types/events.js';
import type { WidgetEvents } from 'widget/types/events.js';
import { pair, route } from './common.js';
import { boolean, code, number, type Reads, text } from './expect.js';

const update: Reads<WidgetEvents>['routeExecutionUpdated'] = ({ route: of, action }) => {
  route(of);
  for (const one of [action.type, action.status, action.substatus, action.txHash]) text(one);
  number(action.chainId);
  code(action.error?.code);
};

export const widget: Reads<WidgetEvents> = {
  appearanceChanged: text,
  availableRoutes: (routes) => routes.forEach(route),
  chainPinned: ({ chainId, pinned }) => (number(chainId), boolean(pinned)),
  contactSupport: ({ supportId }) => text(supportId),
  destinationChainTokenSelected: pair,
  formFieldChanged: ({ fieldName, newValue, oldValue }) => (text(fieldName), [newValue, oldValue]),
  lowAddressActivityConfirmed: ({ address, chainId }) => (text(address), number(chainId)),
  navigationTabChanged: ({ tab, previousTab }) => (text(tab), text(previousTab)),
  pageEntered: text,
  routeExecutionCompleted: route,
  routeExecutionFailed: update,
  routeExecutionStarted: route,
  routeExecutionUpdated: update,
  routeHighValueLoss: (data) => [data.fromAmountUSD, data.toAmountUSD, data.gasCostUSD, data.feeCostUSD, data.valueLoss].forEach(number),
  routeSelected: (data) => [data.route, ...data.routes].forEach(route),
  sendToWalletToggled: boolean,
  settingUpdated: ({ setting, newValue, oldValue, newSettings }) => (text(setting), [newValue, oldValue, newSettings.enabledBridges]),
  sourceChainTokenSelected: pair,
  tokenSearch: ({ value, tokens }) => (text(value), text(tokens[0]?.symbol)),
  widgetExpanded: boolean,
};

export const wallet: Reads<WalletManagementEvents> = {
  walletConnected: (data) => ([data.address, data.chainType, data.connectorId, data.connectorName].forEach(text), number(data.chainId)),
  walletDisconnected: (data) => ([data.address, data.chainType, data.connectorId, data.connectorName].forEach(text), number(data.chainId)),
};

export const execution = ({ steps: [step] }: RouteExtended) => {
  number(step?.execution?.startedAt);
  text(step?.execution?.status);
  text(step?.execution?.actions[0]?.txHash);
};

// These must not compile: they show that the declarations are found, and that a difference is seen.
const { tokenSearch, ...others } = widget;
// @ts-expect-error An event is missing.
export const missing: Reads<WidgetEvents> = others;
// @ts-expect-error An amount is text.
export const wrong = (of: RouteExtended) => number(of.fromAmountUSD);
// @ts-expect-error There is no such field.
export const unknown: Reads<WidgetEvents>['routeSelected'] = (data) => text(data.chosen);
