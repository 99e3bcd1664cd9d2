/** SQL as coloured words: enough for statements that are shown. The editor of the console has a parser of its own. */

export type WordKind = "keyword" | "text" | "value" | "comment" | "plain";

export interface Word {
  kind: WordKind;
  text: string;
}

const KEYWORDS = new Set(
  `add all alter always and anon as asc authenticated between by cascade case check collate column comment commit concurrently
constraint create default delete desc disable distinct domain drop else enable end enum exists extension for force foreign from
function generated grant group having identity if in include index insert into is join key language left like limit materialized
no not null of on only or order outer owner owned policy primary public references rename replace restrict restrictive
revoke right row level schema security select sequence set stored table temporary then to trigger type union unique unlogged update using
valid validate value values view virtual when where with action before after each execute`.split(/\s+/),
);

const TOKEN =
  /('(?:[^']|'')*'|\$([A-Za-z_]*)\$[\s\S]*?\$\2\$)|("(?:[^"]|"")*")|(--[^\n]*|\/\*[\s\S]*?\*\/)|(\b\d+(?:\.\d+)?\b)|([A-Za-z_][A-Za-z0-9_]*)|([\s\S])/g;

export function wordsOf(sql: string): Word[] {
  const words: Word[] = [];
  const add = (kind: WordKind, text: string) => {
    const last = words[words.length - 1];
    if (last?.kind === kind) last.text += text;
    else words.push({ kind, text });
  };
  for (const [whole, text, , , comment, number, name] of sql.matchAll(TOKEN)) {
    if (text) add("text", whole);
    else if (comment) add("comment", whole);
    else if (number) add("value", whole);
    else if (name && KEYWORDS.has(name.toLowerCase())) add("keyword", whole);
    else add("plain", whole);
  }
  return words;
}
