// @ts-check
/**
 * Routes and executions of the LI.FI widget → the catalogue's flat parameters. Pure functions.
 *
 * Amounts stay the strings that they are: base units have more digits than a double holds.
 */
import { pick } from './names.js';

const TOKEN = /^(symbol|address)$/;

/** Codes of @lifi/sdk and of wallets (EIP-1193's 4001), and the bridges' own words. @type {Record<string, RegExp>} */
const ERRORS = {
  rejected: /10(10|12|16|22)|4001/,
  slippage: /1011|SLIP/,
  balance: /101[35]|BALANCE/,
  allowance: /1014|ALLOW/,
  gas: /10(02|09|25)|GAS/,
  timeout: /10(04|18)|EXPIRED/,
  rpc: /10(05|23|24)/,
  wallet: /10(07|17)/,
  reverted: /10(03|19)/,
};

/** @param {any} code @param {string} [substatus] finer than a transaction's "failed" */
export const errorClass = (code, substatus) => Object.keys(ERRORS).find((name) => ERRORS[name].test(code + ' ' + substatus)) ?? 'unknown';

/** @param {any} route */
export const routeParams = (route) => {
  /** @type {any[]} */
  const steps = route.steps;
  return {
    route_id: route.id,
    route_type: route.fromChainId === route.toChainId ? 'swap' : 'bridge',
    ...pick(route, /(ChainId|Amount|Min|USD)$/),
    ...pick(route.fromToken, TOKEN, 'from_token_'),
    ...pick(route.toToken, TOKEN, 'to_token_'),
    fee_cost_usd: sum(steps.flatMap((step) => step.estimate.feeCosts ?? []).map((cost) => cost.amountUSD)),
    duration_s: sum(steps.map((step) => step.estimate.executionDuration)),
    step_count: steps.length,
    step_tools: steps.map((step) => step.tool).join(),
  };
};

/** @param {any[]} routes */
export const offerParams = (routes) => {
  const best = [...routes].sort((one, other) => other.toAmountUSD - one.toAmountUSD)[0];
  const flat = best && routeParams(best);
  return {
    ...pick(flat, /^(from|to_[ct])/),
    ...pick(flat, /^(to_amount_u|gas|dur)/, 'best_'),
    best_tool: best?.steps[0].tool,
    route_count: routes.length,
  };
};

/** An execution's action; 4.x calls it `action`, 3.x `process`. @param {any} data */
export const actionOf = (data) => data.action ?? data.process;

/** What an execution's action says. @param {any} data */
export const actionParams = (data) => {
  const action = actionOf(data);
  return {
    ...routeParams(data.route),
    ...pick(action, /(type|tatus|chainId)$/, 'action_'),
    step_index: begunOf(data.route).length - 1,
    tx_hash: action.txHash ?? hashOf(data.route),
    ...(action.error && { error_code: action.error.code, error_class: errorClass(action.error.code, action.substatus) }),
  };
};

/** How far an execution is: its state, its newest transaction, and the seconds since it began. @param {any} route */
export const executionParams = (route) => {
  const begun = begunOf(route);
  const startedAt = begun[0]?.execution.startedAt ?? actionsOf(begun[0])[0]?.startedAt;
  return {
    ...routeParams(route),
    exec_status: begun.at(-1)?.execution.status,
    tx_hash: hashOf(route),
    exec_duration_s: startedAt && (Date.now() - startedAt) / 1_000,
  };
};

/** The steps that have begun: one after the other, so the last is the one at work. @param {any} route @returns {any[]} */
const begunOf = (route) => route.steps.filter((/** @type {any} */ step) => step.execution);

/** @param {any} step @returns {any[]} */
const actionsOf = (step) => step?.execution.actions ?? step?.execution.process ?? [];

/** @param {any} route */
const hashOf = (route) => begunOf(route).flatMap(actionsOf).filter((action) => action.txHash).at(-1)?.txHash;

/** @param {any[]} values */
const sum = (values) => +values.reduce((total, value) => total + +value, 0).toFixed(6);
