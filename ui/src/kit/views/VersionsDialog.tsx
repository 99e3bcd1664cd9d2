/** What a view was before something else was saved in its place: to be looked at, and to be saved again. */
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Eye, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { toProblem } from "~/lib/problem";
import { FramedList } from "~/primitives/framed-list";
import { RelativeTime } from "~/primitives/relative-time";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed } from "~/primitives/states";
import { type SavedView, type ViewVersion, versionsQuery, wordsOf } from "./data";
import classes from "./views.module.css";

interface VersionsDialogProps {
  view: SavedView;
  /** Whether one may change it. */
  editable: boolean;
  /** Shows it on the list; nothing is saved. */
  onShow: (version: ViewVersion) => void;
  onSaved: (version: ViewVersion) => Promise<void>;
  onClose: () => void;
}

export function VersionsDialog({ view, editable, onShow, onSaved, onClose }: VersionsDialogProps) {
  const { t } = useTranslation();
  const found = useQuery(versionsQuery(view));
  const [saving, setSaving] = useState<string | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const said = toProblem(failed);
  const save = async (version: ViewVersion) => {
    setSaving(version.id);
    setFailed(null);
    try {
      const { name, state } = version;
      await api.patch(`/saved-views/${view.id}`, { name, state }, { version: view.version });
      await onSaved(version);
    } catch (error) {
      setFailed(error);
      setSaving(null);
    }
  };
  return (
    <Modal opened onClose={onClose} title={t("views.versionsOf", { name: view.name })} size={560}>
      <Stack gap={12}>
        <Text fz={13} c="dimmed">
          {t("views.versionsHelp")}
        </Text>
        {found.isPending && <ListSkeleton rows={3} columns={2} />}
        {found.isError && <Failed problem={toProblem(found.error)} onRetry={() => void found.refetch()} />}
        {found.data?.length === 0 && <Text fz={13}>{t("views.noVersions")}</Text>}
        {found.data && found.data.length > 0 && (
          <FramedList label={t("views.versionsOf", { name: view.name })}>
            {found.data.map((version) => (
              <li key={version.id} className={classes.version}>
                <div className={classes.words}>
                  <Text fz={13} fw={500} truncate>
                    {version.name}
                  </Text>
                  <Text fz={12} ff="monospace" c="dimmed" lineClamp={2} className={classes.state}>
                    {wordsOf(version.state) || t("views.plain")}
                  </Text>
                  <Text fz={12} c="dimmed">
                    {t("views.until", { by: version.replaced_by })} <RelativeTime value={version.replaced_at} />
                  </Text>
                </div>
                <Group gap={6} wrap="nowrap">
                  <Button
                    size="xs"
                    variant="default"
                    leftSection={<Eye size={14} aria-hidden />}
                    aria-label={t("views.showVersion", { number: version.number })}
                    onClick={() => onShow(version)}
                  >
                    {t("views.show")}
                  </Button>
                  <Button
                    size="xs"
                    variant="default"
                    leftSection={<RotateCcw size={14} aria-hidden />}
                    aria-label={t("views.saveVersion", { number: version.number })}
                    loading={saving === version.id}
                    disabled={!editable || saving !== null}
                    title={editable ? undefined : t("views.notMine", { name: view.made_by })}
                    onClick={() => void save(version)}
                  >
                    {t("views.saveAgain")}
                  </Button>
                </Group>
              </li>
            ))}
          </FramedList>
        )}
        {failed !== null && (
          <Alert color="red" role="alert" p={10}>
            {said.errors[0]?.message ?? said.detail ?? said.title}
          </Alert>
        )}
      </Stack>
    </Modal>
  );
}
