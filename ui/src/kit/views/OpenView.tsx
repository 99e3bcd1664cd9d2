/** `…/v/SLUG`: a short link to a saved view, which leads to its list. */
import { useQuery } from "@tanstack/react-query";
import { Navigate, useParams } from "@tanstack/react-router";
import { Bookmark } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { toProblem } from "~/lib/problem";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed, StateBlock } from "~/primitives/states";
import { patchOf, type SavedView } from "./data";

export function OpenView() {
  const { t } = useTranslation();
  const { slug } = useParams({ strict: false }) as { slug: string };
  const found = useQuery({
    queryKey: ["saved-views", "slug", slug],
    queryFn: async ({ signal }) =>
      (await api.list<SavedView>("/saved-views", { query: [["slug", `eq.${slug}`]], signal })).rows[0] ?? null,
  });
  if (found.isPending) return <ListSkeleton rows={14} columns={6} />;
  if (found.isError) return <Failed problem={toProblem(found.error)} onRetry={() => void found.refetch()} />;
  if (found.data === null)
    return (
      <StateBlock icon={<Bookmark size={20} aria-hidden />} title={t("views.gone")}>
        {t("views.goneText")}
      </StateBlock>
    );
  return <Navigate to={found.data.page} search={patchOf(found.data)} replace />;
}
