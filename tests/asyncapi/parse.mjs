// Reads an AsyncAPI document from stdin; writes the ids of its operations, with whether they are replied to, and what
// the parser has to say of it.
import { readFileSync } from 'node:fs';
import asyncapi from '@asyncapi/parser';

const { document, diagnostics } = await new asyncapi.Parser().parse(JSON.parse(readFileSync(0, 'utf8')));
const operations = (document?.operations().all() ?? []).map((each) => [
  each.id(),
  each.action(),
  each.reply()?.messages().all().map((message) => message.id()) ?? [],
]);
const faults = diagnostics.map(({ code, severity, path, message }) => ({ code, severity, path: path.join('/'), message }));
process.stdout.write(JSON.stringify({ operations, faults }));
