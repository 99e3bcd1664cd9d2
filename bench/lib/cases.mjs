// What is measured: the same work as SQL for the floor and as a request for the panel.
const COLUMNS = "t.id, t.name, t.email, t.status, t.city, t.country, t.score, t.balance, t.vip, t.created_at, t.updated_at, t.note";

/** Begin, the tenancy preamble, the statement and commit in one pipeline, which is less than one after the other. */
const within = (setup, mode, statement) => `${setup}
\\startpipeline
begin ${mode};
select set_config('role', 'quarterdeck_explorer', true), set_config('app.organization_id', '', true), set_config('app.actor_id', '', true), set_config('app.now', '', true);
${statement};
commit;
\\endpipeline
`;

const PICK = "\\set id random(1, 1000000)\n\\set score random(0, 999)";
const UPDATE = "update public.customer set score = :score where id = :id";

const get = (make) => `
wrk.headers["Accept"] = "application/json"
${make}
`;

/** `deep` is the cursor of the page at depth 900,000. */
export function cases({ deep, deepId }) {
  const rows = "/api/v1/data/main/customer";
  return [
    {
      name: "list, first page of 100",
      bar: 0.6,
      latency: { p50: 3, p99: 12 },
      floor: within("", "read only", `select ${COLUMNS} from public.customer t order by t.id limit 101`),
      lua: get(`request = function() return wrk.format("GET", "${rows}?order=id&limit=100") end`),
      check: { path: `${rows}?order=id&limit=100`, first: "1", count: 100 },
    },
    {
      name: "list, filtered and sorted",
      bar: 0.6,
      latency: { p50: 3, p99: 12 },
      floor: within("", "read only", `select ${COLUMNS} from public.customer t where t.status = 'trial' order by t.created_at desc, t.id desc limit 101`),
      lua: get(`request = function() return wrk.format("GET", "${rows}?status=eq.trial&order=created_at.desc,id.desc&limit=100") end`),
      check: { path: `${rows}?status=eq.trial&order=created_at.desc,id.desc&limit=100`, first: "999995", count: 100 },
    },
    {
      name: "list, page at depth 900,000",
      bar: 0.6,
      latency: { p50: 3, p99: 12 },
      floor: within("", "read only", `select ${COLUMNS} from public.customer t where t.id > ${deepId} order by t.id limit 101`),
      lua: get(`request = function() return wrk.format("GET", "${rows}?order=id&limit=100&cursor=${deep}") end`),
      check: { path: `${rows}?order=id&limit=100&cursor=${deep}`, first: String(deepId + 1), count: 100 },
    },
    {
      name: "audited edit of one field",
      bar: 0.4,
      floor: within(PICK, "read write", UPDATE),
      // Stricter than the bar: no transaction of its own around it, no preamble.
      bare: `${PICK}\n${UPDATE};\n`,
      lua: `
math.randomseed(42)
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Prefer"] = "return=minimal"
request = function()
  local id = math.random(1, 1000000)
  return wrk.format("PATCH", "${rows}?id=eq." .. id, nil, '{"score":' .. math.random(0, 999) .. '}')
end`,
    },
  ];
}
