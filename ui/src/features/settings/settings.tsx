// The knobs of the platform, grouped by the part they belong to. One fixed by the environment says so.
import { Container, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { useLabels } from "~/lib/labels";
import { useMeta } from "~/lib/meta";
import { toProblem } from "~/lib/problem";
import { PageHeader } from "~/primitives/page-header";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed, NothingYet } from "~/primitives/states";
import { SettingRow, type SettingValue } from "./setting-row";

export function Settings() {
  const { t } = useTranslation();
  const meta = useMeta();
  const labels = useLabels();
  const query = useQuery({
    queryKey: ["settings"],
    queryFn: async ({ signal }) => (await api.get<SettingValue[]>("/settings", { signal })).data,
  });
  const sections = useMemo(() => {
    const names = [...new Set(meta.settings.map((setting) => setting.module))];
    return names.map((name) => ({
      module: meta.modules.find((one) => one.name === name) ?? { name, label: name, icon: null },
      settings: meta.settings.filter((setting) => setting.module === name),
    }));
  }, [meta]);

  return (
    <Container size={720} p={0} m={0}>
      <Stack gap={24}>
        <PageHeader title={t("shell.settings")} description={t("settings.text")} />
        {query.isPending ? (
          <FormSkeleton fields={5} />
        ) : query.isError ? (
          <Failed problem={toProblem(query.error)} onRetry={() => void query.refetch()} />
        ) : sections.length === 0 ? (
          <NothingYet title={t("settings.emptyTitle")}>{t("settings.emptyText")}</NothingYet>
        ) : (
          sections.map(({ module, settings }) => (
            <section key={module.name}>
              <Title order={2} mb={4}>
                {labels.module(module)}
              </Title>
              {settings.map((setting) => {
                const value = query.data.find((one) => one.key === setting.key);
                // Typing starts from the stored value, so a newer version starts the row over.
                return value && <SettingRow key={`${setting.key} ${value.version}`} setting={setting} stored={value} />;
              })}
            </section>
          ))
        )}
      </Stack>
    </Container>
  );
}
