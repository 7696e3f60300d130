/** Vite's server, in `dev` and in `preview`, answers for LI.FI, for the chains' nodes, and for the lake. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Connect, Plugin } from 'vite';
import { createApi } from './api.ts';
import { iconOf } from './chains.ts';
import { createLedger } from './ledger.ts';
import { createNode } from './rpc.ts';
import { scenarioIn } from './scenario.ts';
import { wayOf } from './way.ts';

export const standIns = (): Plugin => {
  const middleware = createMiddleware();
  return {
    name: 'stand-ins',
    configureServer: (server) => void server.middlewares.use(middleware),
    configurePreviewServer: (server) => void server.middlewares.use(middleware),
  };
};

const createMiddleware = (): Connect.NextHandleFunction => {
  const ledger = createLedger();
  const api = createApi(ledger);
  const node = createNode(ledger);

  const answer = async (request: IncomingMessage, url: URL): Promise<unknown> => {
    const scenario = scenarioIn(request.headers.cookie);
    const [, area, ...rest] = url.pathname.split('/');
    if (area === 'icon') return iconOf(decodeURIComponent(rest[0]!).replace('.svg', ''));
    if (area === 'way') return wayOf((url.searchParams.get('ids') ?? '').split(','));
    const body: unknown = JSON.parse((await text(request)) || 'null');
    if (area === 'rpc') return node(Number(rest[0]), scenario, body as never);
    const name = `${request.method} ${rest.slice(1).join('/')}`.replace(/(gas\/suggestion)\/.*/, '$1');
    return api[name]?.({ origin: url.origin, query: url.searchParams, body, scenario });
  };

  return (request, response, next) => {
    if (!/^\/(lifi\/v1|rpc|icon|way)\b/.test(request.url ?? '')) return next();
    const url = new URL(request.url!, `http://${request.headers.host}`);
    answer(request, url).then(
      (found) =>
        found === undefined
          ? send(response, 404, { message: `not in this demo: ${url.pathname}` })
          : send(response, 200, found),
      (error: unknown) => send(response, 500, { message: String(error) }),
    );
  };
};

const send = (response: ServerResponse, status: number, content: unknown): void => {
  const isImage = typeof content === 'string';
  response.writeHead(status, { 'content-type': isImage ? 'image/svg+xml' : 'application/json' });
  response.end(isImage ? content : JSON.stringify(content));
};
