/** PostgreSQL's type names, shortened the way people say them. */
const SHORT: [RegExp, string][] = [
  [/^character varying/, "varchar"],
  [/^character/, "char"],
  [/^timestamp(\(\d\))? with time zone/, "timestamptz$1"],
  [/^timestamp(\(\d\))? without time zone/, "timestamp$1"],
  [/^time(\(\d\))? with time zone/, "timetz$1"],
  [/^time(\(\d\))? without time zone/, "time$1"],
  [/^double precision/, "float8"],
  [/^real\b/, "float4"],
];

export function shortType(type: string): string {
  for (const [long, short] of SHORT) if (long.test(type)) return type.replace(long, short);
  return type;
}
