/** Chinook as a source, with functions and views beside its tables, and clients of PostgREST that ask for it. */
import { PostgrestClient } from "@supabase/postgrest-js";
import { CHINOOK_URL, loadChinook } from "./chinook.ts";
import { login, makeKey } from "./keys.ts";
import { Panel } from "./panel.ts";
import { makeOwner } from "./people.ts";

export interface Shop {
  panel: Panel;
  /** May do anything with rows. */
  shop: PostgrestClient;
  readOnly: PostgrestClient;
}

export async function openShop(name: string): Promise<Shop> {
  const panel = await Panel.start(name);
  await makeOwner(panel);
  await loadChinook(panel);
  await panel.sql(
    "chinook",
    `create schema crm;
     create table crm.visit (id bigint primary key, note text not null, tags text[], vip boolean, price numeric(20,4), info jsonb);
     insert into crm.visit values
       (9007199254740993, 'big', '{a,b}', true, 123456789012.3456, '{"a":{"b":"x"}}'),
       (2, 'two', '{b}', null, 0.1, null), (3, 'three', null, false, null, '{}');
     create table crm.town (id int primary key, name text);
     create table crm.trip (id int primary key, start_id int references crm.town, goal_id int references crm.town);
     insert into crm.town values (1, 'Here'), (2, 'There'); insert into crm.trip values (1, 1, 2);
     create function shouted(artist) returns text language sql stable as 'select upper($1.name)';
     create function namesakes(artist) returns setof artist language sql stable as
       'select * from artist a where a.name = $1.name and a.artist_id <> $1.artist_id';
     create view long_album as select a.album_id as id, a.title, a.artist_id as by_whom from album a where char_length(a.title) > 80;
     create function longest(at_least int) returns setof track language sql stable as
       'select * from track where milliseconds >= at_least order by milliseconds desc';
     create function add(a int, b int default 1) returns int language sql immutable as 'select a + b';
     create function rename_genre(id int, "to" text) returns genre language sql volatile as
       'update genre set name = "to" where genre_id = id returning *';`,
  );
  await login(panel);
  await panel.run(["sources", "add", "chinook", CHINOOK_URL]);
  const client = async (scopes: string[]) =>
    new PostgrestClient(`${panel.url}/api/v1/data/chinook`, {
      headers: { Authorization: `Bearer ${await makeKey(panel, scopes)}` },
    });
  return { panel, shop: await client(["rows:*"]), readOnly: await client(["rows:read"]) };
}
