// Reads [[language, text], ...] from stdin; writes for each the nodes its parser found: [[name, text], ...].
// What cannot be parsed is a node named "⚠".
import { readFileSync } from 'node:fs';
import { parser as logql } from '@grafana/lezer-logql';
import { parser as traceql } from '@grafana/lezer-traceql';
import { parser as promql } from '@prometheus-io/lezer-promql';

const parsers = { logql, promql, traceql };

function nodes(language, text) {
  const found = [];
  parsers[language].parse(text).iterate({
    enter: (node) => void found.push([node.name, text.slice(node.from, node.to)]),
  });
  return found;
}

const asked = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(asked.map(([language, text]) => nodes(language, text))));
