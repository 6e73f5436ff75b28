// Evaluates JSONata expressions with the reference implementation. The first line of stdin is the variables as JSON, each line after
// it an expression as a JSON string; each line of stdout is its outcome: {"v": value}, {"u": true} for undefined, {"c": code} for an
// error, {"n": true} for what is no JSON (a function, Infinity), {"x": text} where the reference itself breaks.
import { createInterface } from 'node:readline';
import jsonata from 'jsonata';

function isJSON(v) {
  if (v === null || typeof v === 'string' || typeof v === 'boolean') return true;
  if (typeof v === 'number') return Number.isFinite(v);
  if (Array.isArray(v)) return v.every(isJSON);
  return typeof v === 'object' && !v._jsonata_lambda && Object.values(v).every(isJSON);
}

async function outcome(source, variables) {
  try {
    // Fresh variables each time: the reference marks the arrays that it passes on.
    const v = await jsonata(source).evaluate(undefined, JSON.parse(variables));
    if (v === undefined) return { u: true };
    return isJSON(v) ? { v } : { n: true };
  } catch (e) {
    return e && typeof e.code === 'string' ? { c: e.code } : { x: String(e) };
  }
}

let variables;
for await (const line of createInterface({ input: process.stdin })) {
  if (variables === undefined) variables = line;
  else process.stdout.write(JSON.stringify(await outcome(JSON.parse(line), variables)) + '\n');
}
