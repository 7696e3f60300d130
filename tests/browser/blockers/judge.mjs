// What content blockers would do to requests. `node judge.mjs FOLDER`, the folder that .ci/blocklists makes; standard
// input: a JSON array of {url, page, type}; output: an array of {lists, url, type, rule}, one a block list and request.
// `rule` is what blocks it, null where nothing does.
import { FiltersEngine, Request } from '@ghostery/adblocker';
import { StaticNetFilteringEngine } from '@gorhill/ubo-core';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const TYPES = { fetch: 'xmlhttprequest', xhr: 'xmlhttprequest', script: 'script', ping: 'ping', beacon: 'beacon' };
const folder = process.argv[2];

const texts = async (name) => {
  const names = (await readdir(join(folder, name))).filter((file) => file.endsWith('.txt') && file !== 'badlists.txt');
  return Promise.all(names.map(async (file) => ({ name: file, raw: await readFile(join(folder, name, file), 'utf8') })));
};

/** The engine of uBlock Origin itself. */
const ublock = async (lists) => {
  const engine = await StaticNetFilteringEngine.create();
  await engine.useLists(lists);
  return ({ url, page, type }) =>
    engine.matchRequest({ originURL: page, url, type: TYPES[type] }) === 1 ? engine.toLogData().raw : null;
};

const ghostery = (engine) => ({ url, page, type }) => {
  const { match, filter } = engine.match(Request.fromRawDetails({ url, sourceUrl: page, type: TYPES[type] }));
  return match ? String(filter) : null;
};

const ubo = await texts('ublock');
const adguard = await texts('adguard');
const engineOf = (lists) => ghostery(FiltersEngine.parse(lists.map(({ raw }) => raw).join('\n')));
const judges = {
  "uBlock Origin's lists, its engine": await ublock(ubo),
  "uBlock Origin's lists, Ghostery's engine": engineOf(ubo),
  "AdGuard's lists, Ghostery's engine": engineOf(adguard),
  "Ghostery's lists and engine": ghostery(FiltersEngine.deserialize(await readFile(join(folder, 'ghostery.bin')))),
};

let input = '';
for await (const chunk of process.stdin) input += chunk;
const requests = JSON.parse(input);
const verdicts = Object.entries(judges).flatMap(([lists, judge]) =>
  requests.map((request) => ({ lists, url: request.url, type: request.type, rule: judge(request) })),
);
process.stdout.write(JSON.stringify(verdicts));
