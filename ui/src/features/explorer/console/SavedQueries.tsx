/** Saved queries in a list: opened by a click, linked to, forgotten. */
import { ActionIcon, Badge, Tooltip } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link2, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { toProblem } from "~/lib/problem";
import { useCan } from "~/lib/session";
import { toastDone, toastProblem } from "~/lib/toast";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed, NothingYet } from "~/primitives/states";
import classes from "./queries.module.css";
import { forgetSaved, linkTo, type SavedQuery, savedQuery, tabOf } from "./saved";
import type { Tab } from "./tabs";

interface SavedQueriesProps {
  search: string;
  onOpen: (tab: Partial<Tab>) => void;
}

export function SavedQueries({ search, onOpen }: SavedQueriesProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [mayDelete, shares] = [useCan("saved-queries:delete"), useCan("saved-queries:share")];
  const found = useQuery(savedQuery(search));
  const remove = async ({ id, name }: SavedQuery) => {
    try {
      await api.delete(`/saved-queries/${id}`);
      toastDone(t("explorer.sql.saved.deleted", { name }));
      await forgetSaved(client);
    } catch (error) {
      toastProblem(error);
    }
  };
  const copy = async ({ slug }: SavedQuery) => {
    await navigator.clipboard.writeText(linkTo(slug));
    toastDone(t("explorer.sql.saved.linked"));
  };
  if (found.isError) return <Failed problem={toProblem(found.error)} onRetry={() => void found.refetch()} />;
  if (!found.data) return <ListSkeleton rows={6} columns={1} />;
  if (found.data.length === 0)
    return (
      <NothingYet title={t(search === "" ? "explorer.sql.saved.none" : "explorer.sql.saved.noMatch")}>
        {search === "" && t("explorer.sql.saved.noneText")}
      </NothingYet>
    );
  return (
    <div className={classes.list}>
      {found.data.map((query) => (
        <div key={query.id} className={classes.item}>
          <button
            type="button"
            className={classes.open}
            title={t("explorer.sql.history.open")}
            onClick={() => onOpen(tabOf(query))}
          >
            <strong>{query.name}</strong>
            {query.note && <span className={classes.facts}>{query.note}</span>}
            <code>{query.sql}</code>
            <span className={classes.facts}>
              <span>{query.source}</span>
              {query.audience !== "me" && (
                <Badge size="xs" variant="light" color={query.audience === "role" ? "blue" : "green"}>
                  {t(`views.audience.${query.audience}`)}
                </Badge>
              )}
              {!query.mine && <span>{t("explorer.sql.saved.by", { name: query.made_by })}</span>}
            </span>
          </button>
          <Tooltip label={t("explorer.sql.saved.link")}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={26}
              aria-label={t("explorer.sql.saved.link")}
              onClick={() => void copy(query)}
            >
              <Link2 size={14} />
            </ActionIcon>
          </Tooltip>
          {mayDelete && (query.mine || shares) && (
            <Tooltip label={t("explorer.sql.saved.delete")}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size={26}
                aria-label={t("explorer.sql.saved.delete")}
                onClick={() => void remove(query)}
              >
                <Trash2 size={14} />
              </ActionIcon>
            </Tooltip>
          )}
        </div>
      ))}
    </div>
  );
}
