// A caller of the API that knows nothing but the types generated from its document; it compiles only if the document says what is true.
import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

const [, , address, token] = process.argv;
const api = createClient<paths>({ baseUrl: address, headers: { Authorization: `Bearer ${token}` } });

function demand<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.response.url}: ${answer.response.status} ${JSON.stringify(answer.error)}`);
  }

  return answer.data;
}

const stored = demand(await api.POST('/api/v1/apply', {
  body: [{ kind: 'App', name: 'ts' }, { kind: 'Job', name: 'hello', app: 'ts', script: 'echo hello', schedule: '0 0 4 * * ?' }],
}));
const changes: string[] = stored.documents.map((d) => `${d.kind} ${d.name} ${d.change}`);

const job: components['schemas']['JobAnswer'] = demand(await api.GET('/api/v1/jobs/{name}', { params: { path: { name: 'hello' } } }));
const shards: number = job.shards;
const state: components['schemas']['JobState'] = job.state;
const listed = demand(await api.GET('/api/v1/jobs', { params: { query: { q: 'hel', state: 'idle', sort: '-name', limit: 10 } } }));
const triggered = demand(await api.POST('/api/v1/jobs/{name}/trigger', { params: { path: { name: 'hello' } }, body: { parameter: 'x' } }));
const run = demand(await api.GET('/api/v1/runs/{id}', { params: { path: { id: triggered.run } } }));
const preview = demand(await api.GET('/api/v1/schedules/next', { params: { query: { schedule: ['0 0 4 * * ?'], timeZone: 'Europe/Berlin', n: 2 } } }));
const checked = demand(await api.POST('/api/v1/validate', { body: { kind: 'Job', name: 'x', app: 'none' } }));
const documents = demand(await api.GET('/api/v1/definitions', { params: { query: { app: 'ts' } } }));
const status = demand(await api.GET('/api/v1/cluster/status'));

const missing = await api.GET('/api/v1/jobs/{name}', { params: { path: { name: 'none' } } });
const problem: components['schemas']['Problem'] | undefined = missing.error;

console.log(JSON.stringify({
  changes, shards, state,
  listed: listed.items.map((j) => j.name),
  trigger: run.trigger, parameter: run.parameter,
  preview: preview.times.length,
  valid: checked.valid, fault: checked.faults[0]?.path,
  documents: documents.length,
  connected: status.connected,
  code: problem?.code,
}));
