// The rows API spoken by the client that people use for it elsewhere: @supabase/postgrest-js, unchanged.
import { PostgrestClient } from "@supabase/postgrest-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openShop, PATIENCE, type Panel } from "./harness/index.ts";

interface Artist {
  artist_id: number;
  name: string | null;
}

let panel: Panel;
let shop: PostgrestClient;
let readOnly: PostgrestClient;

beforeAll(async () => {
  ({ panel, shop, readOnly } = await openShop("postgrest"));
});

afterAll(() => panel?.stop());

/** The rows of an answer that has to be good. */
async function rowsOf<T>(query: PromiseLike<{ data: unknown; error: unknown }>): Promise<T[]> {
  const { data, error } = await query;
  expect(error).toBeNull();
  return data as T[];
}

const ids = async (query: PromiseLike<{ data: unknown; error: unknown }>) =>
  (await rowsOf<{ track_id: number }>(query)).map((row) => row.track_id);

describe("reading", () => {
  test("chosen columns, renamed and cast", async () => {
    const rows = await rowsOf(shop.from("track").select("track_id,title:name,unit_price::text").eq("track_id", 1));
    expect(rows).toEqual([{ track_id: 1, title: "For Those About To Rock (We Salute You)", unit_price: "0.99" }]);
  });

  test("comparisons", async () => {
    const ordered = () => shop.from("track").select("track_id").order("track_id");
    expect(await ids(ordered().in("track_id", [5, 3, 4]))).toEqual([3, 4, 5]);
    expect(await ids(ordered().gte("track_id", 10).lt("track_id", 13))).toEqual([10, 11, 12]);
    expect(await ids(ordered().ilike("name", "%inject the venom%"))).toEqual([8]);
    expect(await ids(ordered().like("name", "%inject the venom%"))).toEqual([]);
    expect(await ids(ordered().is("composer", null).lt("track_id", 70).limit(2))).toEqual([63, 64]);
    expect(await ids(ordered().not("track_id", "gt", 2))).toEqual([1, 2]);
    expect(await ids(ordered().neq("track_id", 1).lte("track_id", 2))).toEqual([2]);
    expect(await ids(ordered().match({ album_id: 3, media_type_id: 2 }))).toEqual([3, 4, 5]);
    expect(await ids(ordered().filter("name", "in", '("Balls to the Wall","Fast As a Shark")'))).toEqual([2, 3]);
  });

  test("nested or and and", async () => {
    const rows = shop
      .from("track")
      .select("track_id")
      .order("track_id")
      .or("track_id.eq.1,and(track_id.gt.3500,unit_price.lt.1)");
    expect(await ids(rows)).toEqual([1, 3501, 3502, 3503]);
  });

  test("arrays, booleans and JSON", async () => {
    const visits = (query: PromiseLike<{ data: unknown; error: unknown }>) =>
      rowsOf<{ note: string }>(query).then((rows) => rows.map((row) => row.note));
    const crm = () => shop.schema("crm").from("visit").select("note").order("note");
    expect(await visits(crm().contains("tags", ["a"]))).toEqual(["big"]);
    expect(await visits(crm().overlaps("tags", ["b", "z"]))).toEqual(["big", "two"]);
    expect(await visits(crm().is("vip", true))).toEqual(["big"]);
    expect(await visits(crm().not("vip", "is", null))).toEqual(["big", "three"]);
    expect(await visits(crm().eq("info->a->>b", "x"))).toEqual(["big"]);
  });

  test("numbers beyond a double stay exact", async () => {
    const rows = await rowsOf(shop.schema("crm").from("visit").select("id,price").eq("note", "big"));
    expect(rows).toEqual([{ id: "9007199254740993", price: "123456789012.3456" }]);
  });

  test("order, range and limit", async () => {
    const rows = await rowsOf<Artist>(shop.from("artist").select("*").order("name", { ascending: false }).range(1, 2));
    expect(rows).toHaveLength(2);
    const [first] = await rowsOf<{ composer: string | null }>(
      shop.from("track").select("composer").order("composer", { nullsFirst: true }).limit(1),
    );
    expect(first?.composer).toBeNull();
  });

  test("counts: exact, estimated, and without rows", async () => {
    const exact = await shop.from("track").select("track_id", { count: "exact" }).eq("genre_id", 1).limit(5);
    expect([exact.count, exact.data?.length, exact.status]).toEqual([1297, 5, 206]);
    const estimated = await shop.from("track").select("track_id", { count: "estimated" }).limit(1);
    expect(estimated.count).toBeGreaterThan(3000);
    const head = await shop.from("album").select("*", { count: "exact", head: true });
    expect([head.count, head.data]).toEqual([347, null]);
  });

  test("exactly one row, or none", async () => {
    const one = await shop.from("artist").select("name").eq("artist_id", 1).single();
    expect(one.data).toEqual({ name: "AC/DC" });
    const many = await shop.from("artist").select("name").limit(2).single();
    expect([many.status, many.data]).toEqual([406, null]);
    const none = await shop.from("artist").select("name").eq("artist_id", -1).maybeSingle();
    expect([none.data, none.error]).toEqual([null, null]);
  });
});

describe("other tables", () => {
  test("to one, to many, through a third, nested and spread", async () => {
    const track = await shop
      .from("track")
      .select("name,album(title,artist(name)),playlist(name),...genre(genre:name)")
      .eq("track_id", 1)
      .limit(1, { referencedTable: "playlist" })
      .order("name", { referencedTable: "playlist", ascending: false })
      .single();
    expect(track.data).toEqual({
      name: "For Those About To Rock (We Salute You)",
      album: { title: "For Those About To Rock We Salute You", artist: { name: "AC/DC" } },
      playlist: [{ name: "Music" }],
      genre: "Rock",
    });
  });

  test("filters on them, with and without the rows that have none", async () => {
    const albums = (select: string) =>
      rowsOf<{ name: string; album: unknown[] }>(
        shop.from("artist").select(select).eq("album.title", "Facelift").lte("artist_id", 6).order("artist_id"),
      );
    expect((await albums("name,album(title)")).map((row) => row.album.length)).toEqual([0, 0, 0, 0, 1, 0]);
    expect(await albums("name,album!inner(title)")).toEqual([
      { name: "Alice In Chains", album: [{ title: "Facelift" }] },
    ]);
    const without = await shop.from("artist").select("name,album()", { count: "exact", head: true }).is("album", null);
    expect(without.count).toBe(71);
    const either = shop
      .from("artist")
      .select("artist_id,album!inner(title)")
      .or("title.eq.Facelift,title.like.Let*", { referencedTable: "album" })
      .order("artist_id");
    expect((await rowsOf<{ artist_id: number }>(either)).map((row) => row.artist_id)).toEqual([1, 5]);
  });

  test("sorted by them, and the way to them by a hint", async () => {
    const [first] = await rowsOf(
      shop.from("album").select("title,artist(name)").order("artist(name)", { ascending: false }).limit(1),
    );
    expect(first).toMatchObject({ artist: { name: "Zeca Pagodinho" } });
    const trips = await rowsOf(
      shop.schema("crm").from("trip").select("start:town!start_id(name),goal:town!trip_goal_id_fkey(name)"),
    );
    expect(trips).toEqual([{ start: { name: "Here" }, goal: { name: "There" } }]);
    const choices = await shop.schema("crm").from("trip").select("town(name)");
    const one = { cardinality: "many-to-one", embedding: "trip with town" };
    expect(choices.error).toMatchObject({ code: "PGRST201", details: [one, one] });
  });

  test("rows taken together", async () => {
    expect(await rowsOf(shop.from("track").select("genre_id,count(),milliseconds.max()").eq("genre_id", 25))).toEqual([
      { genre_id: 25, count: "1", max: 174813 },
    ]);
    expect(await rowsOf(shop.from("artist").select("name,album(count())").eq("artist_id", 1))).toEqual([
      { name: "AC/DC", album: [{ count: "2" }] },
    ]);
  });

  test("as CSV", async () => {
    const { data } = await shop.from("genre").select("genre_id,name").lte("genre_id", 2).order("genre_id").csv();
    expect(data).toBe("genre_id,name\r\n1,Rock\r\n2,Jazz\r\n");
  });
});

describe("beyond tables", () => {
  test("columns and ways that functions compute", async () => {
    const artists = shop.from("artist").select("shouted,namesakes(artist_id)").eq("shouted", "AC/DC");
    expect(await rowsOf(artists)).toEqual([{ shouted: "AC/DC", namesakes: [] }]);
    const [last] = await rowsOf(shop.from("artist").select("shouted").order("shouted", { ascending: false }).limit(1));
    expect(last).toEqual({ shouted: "ZECA PAGODINHO" });
  });

  test("views hang together with what their tables do", async () => {
    const albums = await rowsOf(shop.from("long_album").select("id,artist(name),track(count())").eq("id", 308));
    expect(albums).toEqual([
      { id: 308, artist: { name: "Antal Doráti & London Symphony Orchestra" }, track: [{ count: "1" }] },
    ]);
    const tracks = await rowsOf(shop.from("track").select("name,long_album!inner(title)").limit(1));
    expect(tracks).toHaveLength(1);
  });

  test("spread into lists, and taken together by what is embedded", async () => {
    const spread = shop
      .from("artist")
      .select("name,...album(titles:title,...track(lengths:milliseconds))")
      .eq("artist_id", 1)
      .limit(1, { referencedTable: "album.track" })
      .order("title", { referencedTable: "album" });
    expect(await rowsOf(spread)).toEqual([
      {
        name: "AC/DC",
        titles: ["For Those About To Rock We Salute You", "Let There Be Rock"],
        lengths: [[343719], [331180]],
      },
    ]);
    const counts = shop.from("track").select("count(),genre(name)").order("count", { ascending: false }).limit(1);
    expect(await rowsOf(counts)).toEqual([{ count: "1297", genre: { name: "Rock" } }]);
  });

  test("either of two tables", async () => {
    const without = await shop
      .from("artist")
      .select("artist_id,album()", { count: "exact", head: true })
      .or("album.is.null,artist_id.eq.1");
    expect(without.count).toBe(72);
  });
});

describe("functions", () => {
  test("values and rows, by POST and by GET", async () => {
    expect((await shop.rpc("add", { a: 1 })).data).toBe(2);
    expect((await shop.rpc("add", { a: 1, b: 5 }, { get: true })).data).toBe(6);
    const tracks = shop.rpc("longest", { at_least: 5_000_000 }).select("name,album(title)").limit(1);
    expect(await rowsOf(tracks)).toEqual([
      { name: "Occupation / Precipice", album: { title: "Battlestar Galactica, Season 3" } },
    ]);
    const counted = await shop.rpc("longest", { at_least: 5_000_000 }, { head: true, count: "exact" });
    expect(counted.count).toBe(2);
  });

  test("one that changes something does, once", async () => {
    const renamed = await shop.rpc("rename_genre", { id: 2, to: "Jazz!" });
    expect(renamed.data).toEqual({ genre_id: 2, name: "Jazz!" });
    expect((await shop.rpc("rename_genre", { id: 2, to: "Jazz" })).error).toBeNull();
    const refused = await readOnly.rpc("add", { a: 1 });
    expect(refused.status).toBe(403);
  });
});

describe("writing", () => {
  test("insert one and many, returning them", async () => {
    const one = await shop.from("artist").insert({ artist_id: 9001, name: "Nina Simone" }).select().single();
    expect([one.status, one.data]).toEqual([201, { artist_id: 9001, name: "Nina Simone" }]);
    const two = await shop.from("artist").insert([
      { artist_id: 9002, name: "A" },
      { artist_id: 9003, name: null },
    ]);
    expect([two.status, two.data, two.error]).toEqual([201, null, null]);
    expect(await rowsOf(shop.from("artist").select("name").gte("artist_id", 9002).order("artist_id"))).toEqual([
      { name: "A" },
      { name: null },
    ]);
  });

  test("upsert merges or leaves what is there", async () => {
    const merged = await rowsOf<Artist>(
      shop
        .from("artist")
        .upsert([
          { artist_id: 9001, name: "Dr. Nina Simone" },
          { artist_id: 9004, name: "New" },
        ])
        .select(),
    );
    expect(merged.sort((a, b) => a.artist_id - b.artist_id)).toEqual([
      { artist_id: 9001, name: "Dr. Nina Simone" },
      { artist_id: 9004, name: "New" },
    ]);
    const ignored = shop
      .from("artist")
      .upsert({ artist_id: 9001, name: "Other" }, { onConflict: "artist_id", ignoreDuplicates: true });
    expect(await rowsOf(ignored.select())).toEqual([]);
    expect(await rowsOf(shop.from("artist").select("name").eq("artist_id", 9001))).toEqual([
      { name: "Dr. Nina Simone" },
    ]);
  });

  test("update and delete what a filter matches", async () => {
    const changed = await rowsOf<Artist>(
      shop.from("artist").update({ name: "Nina" }).in("artist_id", [9001, 9004]).select("artist_id"),
    );
    expect(changed.map((row) => row.artist_id).sort()).toEqual([9001, 9004]);
    const deleted = await rowsOf<Artist>(shop.from("artist").delete().gte("artist_id", 9001).select());
    expect(deleted).toHaveLength(4);
  });

  test("what was written comes with other tables, in the order and form asked for", async () => {
    const select = "title,artist(name,album(title))";
    const made = await shop
      .from("album")
      .insert({ album_id: 9001, title: "New", artist_id: 25 })
      .select(select)
      .single();
    const bare = { name: "Milton Nascimento & Bebeto" };
    expect([made.status, made.data]).toEqual([201, { title: "New", artist: { ...bare, album: [{ title: "New" }] } }]);
    const merged = shop
      .from("album")
      .upsert({ album_id: 9001, title: "Newer", artist_id: 25 })
      .select("title,...artist(by:name)");
    expect(await rowsOf(merged)).toEqual([{ title: "Newer", by: bare.name }]);
    const changed = shop.from("album").update({ title: "Newest" }).eq("album_id", 9001).select(select).csv();
    expect((await changed).data).toContain("Newest,");
    await rowsOf(shop.from("album").insert({ album_id: 9002, title: "Other", artist_id: 25 }).select());
    const gone = shop.from("album").delete().gte("album_id", 9001).select("title,artist(name)").order("album_id");
    expect(await rowsOf(gone)).toEqual([
      { title: "Newest", artist: bare },
      { title: "Other", artist: bare },
    ]);
  });

  test("nulls left out, a try that is taken back, and a bound on what changes", async () => {
    expect(await rowsOf(shop.from("track").select("track_id,composer").eq("track_id", 63).stripNulls())).toEqual([
      { track_id: 63 },
    ]);
    const tried = shop.from("artist").insert({ artist_id: 9009, name: null }).select("artist_id,name").stripNulls();
    expect(await rowsOf(tried.rollback())).toEqual([{ artist_id: 9009 }]);
    expect(await rowsOf(shop.from("artist").select().eq("artist_id", 9009))).toEqual([]);
    // Its types want to know which PostgREST answers; this one needs no telling.
    const bound = shop.from("artist").update({ name: "X" }).lte("artist_id", 3).maxAffected(2);
    const bounded = await (bound as unknown as PromiseLike<{ status: number; error: { code: string } | null }>);
    expect([bounded.status, bounded.error?.code]).toEqual([400, "PGRST124"]);
  });

  test("a whole table can't be changed by leaving the filter out", async () => {
    const { error, status } = await shop.from("artist").delete();
    expect(status).toBe(400);
    expect(error?.message).toMatch(/filter/i);
    const { count } = await shop.from("artist").select("*", { count: "exact", head: true });
    expect(count).toBe(275);
  });

  test("every change is in the audit log, with before and after", async () => {
    expect((await shop.from("genre").update({ name: "Rock!" }).eq("genre_id", 1)).error).toBeNull();
    expect((await shop.from("genre").update({ name: "Rock" }).eq("genre_id", 1)).error).toBeNull();
    // A change in another database is recorded twice: before it is sent, and with its result.
    const done = ["--filter", "action=eq.rows.update", "--filter", "outcome=eq.ok"];
    // The result is written just after the answer.
    await expect
      .poll(
        async () => {
          const printed = await panel.run([
            "audit",
            "list",
            ...done,
            "--order",
            "at.desc",
            "--limit",
            "1",
            "-o",
            "json",
          ]);
          const [entry] = JSON.parse(printed) as { changes: unknown; actor_kind: string }[];
          return [entry?.actor_kind, entry?.changes];
        },
        { timeout: PATIENCE },
      )
      .toEqual(["key", { name: { before: "Rock!", after: "Rock" } }]);
  });
});

describe("schemas and refusals", () => {
  test("another schema by its profile", async () => {
    const made = await shop.schema("crm").from("visit").insert({ id: 4, note: "four" }).select("note,tags").single();
    expect(made.data).toEqual({ note: "four", tags: null });
    const wrong = await shop.schema("nowhere").from("visit").select();
    expect(wrong.status).toBe(404);
    expect(wrong.error?.message).toMatch(/nowhere/);
  });

  test.each([
    ["an unknown table", () => shop.from("no_such_table").select(), 404],
    ["an unknown column", () => shop.from("artist").select("nonsense"), 400],
    ["an unknown column in a filter", () => shop.from("artist").select().eq("nonsense", 1), 400],
    ["a value of another type", () => shop.from("artist").select().eq("artist_id", "x'; drop table artist; --"), 400],
    ["a broken group", () => shop.from("artist").select().or("artist_id.eq"), 400],
    ["a table that hangs together with nothing", () => shop.from("album").select("title,genre(name)"), 400],
    ["two ways to a table", () => shop.schema("crm").from("trip").select("id,town(name)"), 300],
    ["an unknown function", () => shop.rpc("no_such_function"), 404],
    [
      "a function that changes something, by GET",
      () => shop.rpc("rename_genre", { id: 1, to: "X" }, { get: true }),
      405,
    ],
    ["a key that is taken", () => shop.from("artist").insert({ artist_id: 1, name: "Again" }), 409],
    ["a reference to nothing", () => shop.from("album").insert({ album_id: 9001, title: "T", artist_id: 0 }), 409],
    ["NULL where a value is needed", () => shop.from("album").insert({ album_id: 9002, artist_id: 1 }), 422],
    ["a row that others need", () => shop.from("artist").delete().eq("artist_id", 1), 409],
  ])("%s says what is wrong", async (_name, ask, expected) => {
    const { data, error, status } = await ask();
    expect([status, data]).toEqual([expected, null]);
    expect(error?.message.length).toBeGreaterThan(10);
    expect(error?.code).toBeTruthy();
  });

  test("a key that may only read, and no key", async () => {
    expect(await rowsOf(readOnly.from("artist").select().eq("artist_id", 1))).toHaveLength(1);
    const refused = await readOnly.from("artist").update({ name: "X" }).eq("artist_id", 1);
    expect([refused.status, refused.data]).toEqual([403, null]);
    const nobody = await new PostgrestClient(`${panel.url}/api/v1/data/chinook`).from("artist").select();
    expect(nobody.status).toBe(401);
  });
});
