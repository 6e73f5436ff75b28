// Checks state machines by asl-validator, as they are: each .json file of a folder
// is a definition.
// Usage: node definitions.mjs FOLDER
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const validateDefinition = createRequire(import.meta.url)('asl-validator');

const folder = process.argv[2];
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
const problems = [];
for (const name of names) {
  const { isValid, errorsText } = validateDefinition(JSON.parse(readFileSync(join(folder, name), 'utf8')));
  if (!isValid) problems.push(`${name}: ${errorsText()}`);
}
if (names.length === 0) problems.push(`no definitions in ${folder}`);
for (const problem of problems) console.error(problem);
console.log(`${names.length} definitions, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
