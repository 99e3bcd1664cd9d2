// What a key did lately: when, what it asked for, and what it was answered.
import { Badge, ScrollArea } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { RelativeTime } from "~/primitives/relative-time";
import { useOwn } from "../own/data";
import type { OwnAccess } from "../own/keys";
import classes from "./account.module.css";
import { Loaded, Section } from "./section";
import { useDoor } from "./sections";

export function KeyLog({ id }: { id: string }) {
  const { t } = useTranslation();
  const log = useOwn<{ accesses: OwnAccess[] }>(useDoor(), `/keys/${id}/accesses`);
  return (
    <Section title={t("account.keys.log")} text={t("account.keys.logText")}>
      <Loaded query={log}>
        {({ accesses }) =>
          accesses.length === 0 ? (
            <div className={classes.none}>{t("account.keys.logNone")}</div>
          ) : (
            <ScrollArea className={classes.box} type="auto">
              <table className={classes.log}>
                <thead>
                  <tr>
                    <th scope="col">{t("account.keys.when")}</th>
                    <th scope="col">{t("account.keys.request")}</th>
                    <th scope="col">{t("account.keys.answer")}</th>
                    <th scope="col">{t("account.keys.from")}</th>
                  </tr>
                </thead>
                <tbody>
                  {accesses.map((one, at) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: entries of a log have no id here and are never moved
                    <tr key={at}>
                      <td>
                        <RelativeTime value={one.at} />
                      </td>
                      <td>
                        <code>
                          {one.method} {one.route}
                        </code>
                      </td>
                      <td>
                        <Badge color={one.status < 400 ? "green" : one.status < 500 ? "yellow" : "red"}>
                          {one.status}
                        </Badge>
                      </td>
                      <td>{one.address}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollArea>
          )
        }
      </Loaded>
    </Section>
  );
}
