import type { RouteExtended } from 'sdk';
import type { WalletManagementEvents } from 'wallet/types/events.js';
import type { WidgetEvents } from 'widget/types/events.js';
import { pair, route } from './common.js';
import { boolean, code, number, type Reads, text } from './expect.js';

const update: Reads<WidgetEvents>['routeExecutionUpdated'] = ({ route: of, process }) => {
  route(of);
  for (const one of [process.type, process.status, process.substatus, process.txHash]) text(one);
  number(process.chainId);
  code(process.error?.code);
};

export const widget: Reads<WidgetEvents> = {
  availableRoutes: (routes) => routes.forEach(route),
  chainPinned: ({ chainId, pinned }) => (number(chainId), boolean(pinned)),
  contactSupport: ({ supportId }) => text(supportId),
  destinationChainTokenSelected: pair,
  formFieldChanged: ({ fieldName, newValue, oldValue }) => (text(fieldName), [newValue, oldValue]),
  lowAddressActivityConfirmed: ({ address, chainId }) => (text(address), number(chainId)),
  pageEntered: text,
  reviewTransactionPageEntered: route,
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
  tokensReversed: (data) => ([data.fromTokenAddress, data.toTokenAddress].forEach(text), [data.fromChainId, data.toChainId].forEach(number)),
  walletConnected: ({ address, chainId, chainType }) => ([address, chainType].forEach(text), number(chainId)),
  widgetExpanded: boolean,
};

export const wallet: Reads<WalletManagementEvents> = {
  walletConnected: (data) => ([data.address, data.chainType, data.connectorId, data.connectorName].forEach(text), number(data.chainId)),
  walletDisconnected: (data) => ([data.address, data.chainType, data.connectorId, data.connectorName].forEach(text), number(data.chainId)),
};

export const execution = ({ steps: [step] }: RouteExtended) => {
  number(step?.execution?.process[0]?.startedAt);
  text(step?.execution?.status);
  text(step?.execution?.process[0]?.txHash);
};

// These must not compile: they show that the declarations are found, and that a difference is seen.
const { tokenSearch, ...others } = widget;
// @ts-expect-error An event is missing.
export const missing: Reads<WidgetEvents> = others;
// @ts-expect-error An amount is text.
export const wrong = (of: RouteExtended) => number(of.fromAmountUSD);
// @ts-expect-error There is no such field.
export const unknown: Reads<WidgetEvents>['routeSelected'] = (data) => text(data.chosen);
