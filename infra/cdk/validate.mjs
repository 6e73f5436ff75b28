// Checks a synthesised assembly without an account: each template by AWS's own
// validator (provider schemas, rules), each state machine by asl-validator.
// Anything from a warning up fails, but for the rules below.
// Usage: node validate.mjs FOLDER
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const { CelEngine, TemplateFile } = require('@aws/cloudformation-validate');
const validateDefinition = require('asl-validator');

const ignored = {
  W3005: "the CDK's Function construct writes the dependency on its role besides referring to it",
  W9002: 'names are fixed on purpose (infra/cdk/names): stacks know each other without exports',
};

const folder = process.argv[2];
const names = readdirSync(folder).filter((name) => name.endsWith('.template.json'));
const problems = [];
const left = {};
let machines = 0;

const engine = new CelEngine();
for (const name of names) {
  const path = join(folder, name);
  const report = engine.validateStandard(new TemplateFile(path), { severityLevel: 'WARN' });
  if (report.status !== 'OK') problems.push(`${name}: the validator ended with ${report.status}`);
  for (const found of report.diagnostics) {
    if (ignored[found.ruleId]) left[found.ruleId] = (left[found.ruleId] ?? 0) + 1;
    else problems.push(`${name}: ${found.severity} ${found.ruleId} ${found.entity?.logicalId ?? ''} ${found.propertyPath ?? ''}: ${found.message}`);
  }
  for (const [id, resource] of Object.entries(JSON.parse(readFileSync(path, 'utf8')).Resources)) {
    if (resource.Type !== 'AWS::StepFunctions::StateMachine') continue;
    machines++;
    let definition = resource.Properties.DefinitionString;
    for (const key of Object.keys(resource.Properties.DefinitionSubstitutions ?? {})) {
      definition = definition.replaceAll('${' + key + '}', `arn:aws:lambda:us-east-1:123456789012:function:${key}:live`);
    }
    const { isValid, errorsText } = validateDefinition(JSON.parse(definition));
    if (!isValid) problems.push(`${name}: ${id}: ${errorsText()}`);
  }
}
engine.free();

if (names.length === 0) problems.push(`no templates in ${folder}`);
for (const problem of problems) console.error(problem);
for (const [rule, n] of Object.entries(left)) console.log(`left out: ${n} × ${rule}: ${ignored[rule]}`);
console.log(`${names.length} templates and ${machines} state machines, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
