import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lifi } from '../../adapters/lifi.js';
import { errorClass } from '../../adapters/route.js';
import { CATALOGUE } from './golden.js';
import { createRecorder, openPage } from './page.js';
import { PAYLOADS, PAYLOADS_3, update3 } from './payloads.js';
import { folderOf, GENERATIONS } from './widget-types.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const KNOWN = new Set(Object.values(CATALOGUE.events).flatMap((event) => event.widget ?? []));

/** Each code of the SDK by its name there, and the class of the catalogue it is in. */
const CLASSES = {
  InternalError: 'unknown',
  ValidationError: 'unknown',
  TransactionUnderpriced: 'gas',
  TransactionFailed: 'reverted',
  Timeout: 'timeout',
  ProviderUnavailable: 'rpc',
  NotFound: 'unknown',
  ChainSwitchError: 'wallet',
  TransactionUnprepared: 'unknown',
  GasLimitError: 'gas',
  TransactionCanceled: 'rejected',
  SlippageError: 'slippage',
  SignatureRejected: 'rejected',
  BalanceError: 'balance',
  AllowanceRequired: 'allowance',
  InsufficientFunds: 'balance',
  ExchangeRateUpdateCanceled: 'rejected',
  WalletChangedDuringExecution: 'wallet',
  TransactionExpired: 'timeout',
  TransactionSimulationFailed: 'reverted',
  TransactionConflict: 'unknown',
  TransactionNotFound: 'unknown',
  TransactionRejected: 'rejected',
  RateLimitExceeded: 'rpc',
  ThirdPartyError: 'rpc',
  InsufficientGas: 'gas',
  ConfigError: 'unknown',
};
/** Each way in which LI.FI's API says that a transfer failed, whatever the code. */
const FAILURES = {
  INSUFFICIENT_ALLOWANCE: 'allowance',
  INSUFFICIENT_BALANCE: 'balance',
  OUT_OF_GAS: 'gas',
  EXPIRED: 'timeout',
  SLIPPAGE_EXCEEDED: 'slippage',
  UNKNOWN_FAILED_ERROR: 'reverted',
};
const SDK_ERRORS = { 4: 'dist/esm/errors/constants.js', 3: 'src/_esm/errors/constants.js' };

/** @param {string} generation @param {string} name @returns {Promise<string[]>} the events that a package declares */
const eventsOf = async (generation, name) => {
  const declared = await import(join(folderOf(generation, name), 'dist/esm/types/events.js'));
  return Object.values(declared.WidgetEvent ?? declared.WalletManagementEvent);
};

const EMITTERS = { '@lifi/widget': 'useWidgetEvents', '@lifi/wallet-management': 'useWalletManagementEvents' };

/** @param {string} generation @param {keyof typeof EMITTERS} name @returns {Promise<any>} the emitter that a package hands out */
const emitterOf = async (generation, name) => {
  const file = await import(join(folderOf(generation, name), `dist/esm/hooks/${EMITTERS[name]}.js`));
  return file[EMITTERS[name]]();
};

/** What each generation emits, in an order in which it may happen. */
const EMITTED = {
  4: PAYLOADS,
  3: { ...PAYLOADS, ...PAYLOADS_3, routeExecutionUpdated: update3('r2', 'PENDING'), routeExecutionFailed: update3('r6', 'FAILED', { error: { code: 1012 } }) },
};

/** @param {string} folder @returns {string[]} the code of a package */
const codeIn = (folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(folder, file), 'utf8'));

test('every class of errors is one that the catalogue lists', () => {
  const listed = CATALOGUE.params.error_class.values;

  assert.deepEqual(new Set([...Object.values(CLASSES), ...Object.values(FAILURES)]), new Set(listed));
});

for (const generation of Object.keys(GENERATIONS)) {
  test(`the catalogue names every event that ${generation}.x declares`, async () => {
    const declared = [...(await eventsOf(generation, '@lifi/widget')), ...(await eventsOf(generation, '@lifi/wallet-management'))];

    assert.ok(declared.length > 20);
    assert.deepEqual(declared.filter((event) => !KNOWN.has(event)), []);
  });

  test(`every error code and failure that the SDK of ${generation}.x knows has its class`, async () => {
    const { LiFiErrorCode } = await import(join(folderOf(generation, '@lifi/sdk'), SDK_ERRORS[generation]));
    const declared = readFileSync(join(folderOf(generation, '@lifi/types'), 'src/_types/api.d.ts'), 'utf8');
    const failures = JSON.parse(/_SubstatusFailed: readonly (\[.*?\])/.exec(declared)[1]);
    const codes = Object.keys(LiFiErrorCode).filter((name) => Number.isNaN(+name));

    const classes = Object.fromEntries(codes.map((name) => [name, errorClass(LiFiErrorCode[name])]));

    assert.ok(codes.length > 20);
    assert.deepEqual(classes, Object.fromEntries(codes.map((name) => [name, CLASSES[name]])));
    assert.deepEqual(failures.map((name) => [name, errorClass(LiFiErrorCode.TransactionFailed, name)]), Object.entries(FAILURES));
  });

  test(`the emitters of ${generation}.x itself are heard, event for event, and left as they were`, async () => {
    const [widget, wallet] = await Promise.all(Object.keys(EMITTERS).map((name) => emitterOf(generation, name)));
    const declared = await Promise.all(Object.keys(EMITTERS).map((name) => eventsOf(generation, name)));
    const [tracker, errors] = [createRecorder(), []];
    openPage();
    const adapter = lifi(tracker, { widget, wallet, storage: null, onError: (error) => errors.push(error) });

    const emitted = Object.keys(EMITTED[generation]).filter((event) => declared.flat().includes(event));
    for (const event of emitted) (declared[1].includes(event) ? wallet : widget).emit(event, EMITTED[generation][event]);
    adapter.stop();
    delete globalThis.window;

    const expected = emitted.map((event) => Object.keys(CATALOGUE.events).find((name) => CATALOGUE.events[name].widget?.includes(event)));
    assert.deepEqual(declared.flat().filter((event) => !emitted.includes(event)), []);
    assert.deepEqual([tracker.names().sort(), errors], [expected.sort(), []]);
    assert.deepEqual([widget, wallet].map((one) => [...(one.all?.keys() ?? one.eventNames())]), [[], []]);
  });

  test(`the adapters read what ${generation}.x declares, type for type`, () => {
    execFileSync(process.execPath, [TSC, '-p', join(HERE, `types/tsconfig.${generation}.json`)], { stdio: 'pipe', encoding: 'utf8' });
  });

  test(`${generation}.x opens this page for support, and only while nobody listens`, () => {
    const code = codeIn(join(folderOf(generation, '@lifi/widget'), 'dist/esm')).filter((text) => text.includes('https://help.li.fi'));

    assert.equal(code.length, 1);
    assert.match(code[0], /_blank/);
    assert.match(code[0], /nofollow noreferrer/);
    assert.match(code[0], generation === '4' ? /listenerCount\("contactSupport"\) === 0/ : /all\.has\(WidgetEvent\.ContactSupport\)/);
  });

  test(`${generation}.x emits with the library that the adapter is tested with`, () => {
    const library = generation === '4' ? 'eventemitter3' : 'mitt';
    const wanted = (name) => JSON.parse(readFileSync(join(folderOf(generation, name), 'package.json'), 'utf8')).dependencies[library];
    const tested = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).devDependencies[library];

    assert.deepEqual([wanted('@lifi/widget'), wanted('@lifi/wallet-management')], ['^' + tested, '^' + tested]);
  });
}
