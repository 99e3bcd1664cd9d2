// Checks docs/openapi.json with a validator that is not ours: the OpenAPI 3.1 schema, every $ref, and every example
// against its own schema. Fails with each fault and where it is.
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const file = new URL("../../docs/openapi.json", import.meta.url);
const document = JSON.parse(readFileSync(file, "utf8"));
const faults = [];

const validator = new Validator();
const checked = await validator.validate(structuredClone(document));
if (!checked.valid)
  faults.push(
    ...[checked.errors]
      .flat()
      .map((fault) => (typeof fault === "string" ? fault : `${fault.instancePath} ${fault.message}`)),
  );
if (validator.version !== "3.1") faults.push(`it is OpenAPI ${validator.version}, not 3.1`);

const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
const ids = new Set();
let operations = 0;
let examples = 0;
for (const [path, methods] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    operations += 1;
    const place = `${method.toUpperCase()} ${path}`;
    if (ids.has(operation.operationId))
      faults.push(`${place}: the operation id ${operation.operationId} is there twice`);
    ids.add(operation.operationId);
    const media = Object.entries(operation.responses).flatMap(([status, answer]) =>
      Object.values(answer.content ?? {}).map((content) => [status, content]),
    );
    const body = operation.requestBody?.content?.["application/json"];
    if (body) media.push(["body", body]);
    for (const [where, { schema, example }] of media) {
      if (schema?.$ref) continue;
      let check;
      try {
        check = ajv.compile(schema);
      } catch (fault) {
        faults.push(`${place} ${where}: the schema can't be used: ${fault.message}`);
        continue;
      }
      if (example === undefined) continue;
      examples += 1;
      if (!check(example)) faults.push(`${place} ${where}: the example doesn't fit: ${ajv.errorsText(check.errors)}`);
    }
  }
}
if (operations === 0) faults.push("it has no operation");
if (faults.length > 0) {
  console.error(faults.join("\n"));
  console.error(`docs/openapi.json: ${faults.length} faults`);
  process.exit(1);
}
console.log(`docs/openapi.json is valid OpenAPI 3.1: ${operations} operations, ${examples} examples`);
