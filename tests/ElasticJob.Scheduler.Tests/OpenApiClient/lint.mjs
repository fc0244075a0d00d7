// Checks an OpenAPI document with Redocly's rules; prints each problem, and fails if there is one.
import { createConfig, lint } from '@redocly/openapi-core';

const problems = await lint({ ref: process.argv[2], config: await createConfig({ extends: ['recommended'] }) });
for (const p of problems) {
  console.error(`${p.severity} ${p.ruleId} ${p.location[0]?.pointer}: ${p.message}`);
}

process.exitCode = problems.length === 0 ? 0 : 1;
