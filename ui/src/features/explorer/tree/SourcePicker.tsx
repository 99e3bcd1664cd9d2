/** Which database one looks at, and the way to add another. */
import { Button, Menu, UnstyledButton } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Check, ChevronsUpDown, Database, PlugZap, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { toastDone, toastFailed, toastProblem } from "~/lib/toast";
import { sourceLink } from "../cells/foreign";
import { sourcesQuery } from "../data";
import type { Health } from "../model";
import { AddSourceDialog } from "./AddSourceDialog";
import classes from "./tree.module.css";

export function SourcePicker({ source }: { source: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const sources = useQuery(sourcesQuery);
  const [adding, setAdding] = useState(false);
  const open = (name: string) => void navigate(sourceLink(name));
  const names = [...new Set(["main", ...(sources.data ?? []).map((one) => one.name)])];
  const current = sources.data?.find((one) => one.name === source);

  const test = async () => {
    if (!current) return;
    try {
      const { data } = await api.post<Health>(`/sources/${encodeURIComponent(current.id)}/test`, {});
      if (data.ok) toastDone(`${t("explorer.sourceWorks", { source })} ${data.message}`);
      else toastFailed(data.message);
      await client.invalidateQueries({ queryKey: ["explorer", source] });
    } catch (error) {
      toastProblem(error, t("explorer.sourceFails", { source }));
    }
  };

  return (
    <>
      <Menu position="bottom-start" width="target" withinPortal>
        <Menu.Target>
          <UnstyledButton className={classes.source} aria-label={t("explorer.source", { source })}>
            <Database size={14} aria-hidden />
            <span className={classes.name}>{source}</span>
            <ChevronsUpDown size={13} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown miw={220}>
          <Menu.Label>{t("explorer.sources")}</Menu.Label>
          {names.map((name) => (
            <Menu.Item
              key={name}
              leftSection={<Database size={14} />}
              rightSection={name === source ? <Check size={13} /> : null}
              onClick={() => open(name)}
            >
              {name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          {current && (
            <Menu.Item leftSection={<PlugZap size={14} />} onClick={() => void test()}>
              {t("explorer.testSource", { source })}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<Plus size={14} />} onClick={() => setAdding(true)}>
            {t("explorer.addSource")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {adding && (
        <AddSourceDialog
          onClose={() => setAdding(false)}
          onAdded={(name) => {
            setAdding(false);
            open(name);
          }}
        />
      )}
    </>
  );
}

/** The same dialog behind a plain button, for empty places. */
export function AddSourceButton() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  return (
    <>
      <Button size="xs" variant="default" leftSection={<Plus size={14} />} onClick={() => setAdding(true)}>
        {t("explorer.addSource")}
      </Button>
      {adding && (
        <AddSourceDialog
          onClose={() => setAdding(false)}
          onAdded={(name) => {
            setAdding(false);
            void navigate(sourceLink(name));
          }}
        />
      )}
    </>
  );
}
