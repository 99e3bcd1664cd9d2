/** A question as it would be asked from elsewhere, and a result as text. */
import { shellWord } from "~/kit/copy-as/copy-as";
import { type Cell, type Result, textOf } from "./frames";
import { type Question, requestOf } from "./runs";

export function asCurl(question: Question, origin: string): string {
  const { path, body } = requestOf(question);
  return [
    `curl -N ${shellWord(`${origin}/api/v1${path}`)}`,
    `-H "Authorization: Bearer $QUARTERDECK_TOKEN"`,
    `-H 'Content-Type: application/json'`,
    `-d ${shellWord(JSON.stringify(body))}`,
  ].join(" \\\n  ");
}

export function asCli(question: Question): string {
  const words = ["quarterdeck sql"];
  if (question.source !== "main") words.push(`--source ${shellWord(question.source)}`);
  if (question.mode !== "read") words.push(`--mode ${question.mode}`);
  if (question.maxRows !== 1000) words.push(`--max-rows ${question.maxRows}`);
  if (question.timeout !== 60) words.push(`--timeout ${question.timeout}`);
  if (question.explain) words.push(question.explain === "plan" ? "--explain" : "--analyze");
  for (const [name, value] of Object.entries(question.parameters)) {
    words.push(value === null ? `--null ${shellWord(name)}` : `--param ${shellWord(`${name}=${value}`)}`);
  }
  words.push(shellWord(question.sql));
  return words.join(" ");
}

const field = (text: string) => (/[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** For a spreadsheet: tabs between, a header, NULL is nothing. */
export function asTable(result: Result): string {
  const line = (cells: readonly Cell[]) => cells.map((cell) => field(textOf(cell) ?? "")).join("\t");
  return [line((result.columns ?? []).map((column) => column.name)), ...result.rows.map(line)].join("\n");
}

export function asMarkdown(result: Result): string {
  const word = (text: string) => text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
  const line = (cells: readonly string[]) => `| ${cells.map(word).join(" | ")} |`;
  const columns = result.columns ?? [];
  return [
    line(columns.map((column) => column.name)),
    line(columns.map(() => "---")),
    ...result.rows.map((row) => line(row.map((cell) => textOf(cell) ?? "NULL"))),
  ].join("\n");
}
