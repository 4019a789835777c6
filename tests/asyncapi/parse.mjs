// Reads AsyncAPI documents from stdin; writes of each the ids of its operations, with whether they are replied to, and
// what the parser has to say of it.
import { readFileSync } from 'node:fs';
import asyncapi from '@asyncapi/parser';

const reading = async (told) => {
  const { document, diagnostics } = await new asyncapi.Parser().parse(told);
  const operations = (document?.operations().all() ?? []).map((each) => [
    each.id(),
    each.action(),
    each.reply()?.messages().all().map((message) => message.id()) ?? [],
  ]);
  const faults = diagnostics.map(({ code, severity, path, message }) => ({ code, severity, path: path.join('/'), message }));
  return { operations, faults };
};
const readings = [];
for (const told of JSON.parse(readFileSync(0, 'utf8'))) readings.push(await reading(told));
process.stdout.write(JSON.stringify(readings));
