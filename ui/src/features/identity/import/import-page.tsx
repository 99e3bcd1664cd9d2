// Importing users from a file, one step after the other; the address knows which file, so a reload loses nothing.
import { Alert, Anchor, Button, Container, Group, Progress, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useAddress } from "~/kit/resource/address";
import { formatNumber } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { useCan } from "~/lib/session";
import { PageHeader } from "~/primitives/page-header";
import { FormSkeleton } from "~/primitives/skeletons";
import { Failed, NoPermission } from "~/primitives/states";
import { ChooseFile } from "./choose-file";
import { Mapping } from "./mapping";
import { importQuery, type UserImport } from "./model";

export function ImportPage() {
  const { t } = useTranslation();
  const address = useAddress();
  const allowed = useCan("user-imports:create");
  const id = address.get("id");
  const query = useQuery({ ...importQuery(id ?? ""), enabled: id !== undefined && allowed });
  const another = () => address.set({ id: undefined }, false);
  if (!allowed) return <NoPermission permission="user-imports:create" />;
  return (
    <Container size={880} p={0} m={0}>
      <Stack gap={20}>
        <PageHeader
          title={t("userImport.title")}
          description={t("userImport.text")}
          actions={
            <Anchor component={Link} to="/admin/user-imports" fz={13}>
              {t("userImport.history")}
            </Anchor>
          }
        />
        {id === undefined ? (
          <ChooseFile onUploaded={(made) => address.set({ id: made }, false)} />
        ) : query.isPending ? (
          <FormSkeleton fields={4} />
        ) : query.isError ? (
          <Failed problem={toProblem(query.error)} onRetry={() => void query.refetch()} />
        ) : query.data.status === "running" ? (
          <Running made={query.data} />
        ) : query.data.status === "done" ? (
          <Done made={query.data} onAnother={another} />
        ) : (
          <Mapping key={`${query.data.id} ${query.data.status}`} made={query.data} onAnother={another} />
        )}
      </Stack>
    </Container>
  );
}

function Running({ made }: { made: UserImport }) {
  const { t } = useTranslation();
  const percent = made.progress ?? 0;
  return (
    <Stack gap={8} role="status">
      <Text fz={14}>{t("userImport.running", { name: made.name, shown: formatNumber(made.rows) })}</Text>
      <Progress value={percent} aria-label={t("userImport.title")} size="lg" />
      <Text fz={12} c="dimmed">
        {t("userImport.percent", { percent })}
      </Text>
    </Stack>
  );
}

function Done({ made, onAnother }: { made: UserImport; onAnother: () => void }) {
  const { t } = useTranslation();
  return (
    <Stack gap={16}>
      <Alert
        color="green"
        variant="light"
        role="status"
        icon={<CircleCheck size={16} aria-hidden />}
        title={t("userImport.done", { count: made.created ?? 0, shown: formatNumber(made.created ?? 0) })}
      >
        {t("userImport.doneText")}
      </Alert>
      <Group gap={8}>
        <Button renderRoot={(props) => <Link {...props} to="/admin/$collection" params={{ collection: "users" }} />}>
          {t("userImport.toUsers")}
        </Button>
        <Button variant="default" onClick={onAnother}>
          {t("userImport.another")}
        </Button>
      </Group>
    </Stack>
  );
}
