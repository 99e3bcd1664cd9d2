/** The views of a list: which one it shows, the others, and what can be done with them. */
import { Button, Menu, Text } from "@mantine/core";
import { Bookmark, Check, Download, History, Link2, Pencil, Plus, RotateCcw, Save, Trash2, Upload } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Address } from "~/kit/resource/address";
import { useAction } from "~/kit/resource/use-action";
import { api } from "~/lib/api";
import { type ResourceMeta, useMeta } from "~/lib/meta";
import { useCan } from "~/lib/session";
import { useSurface } from "~/lib/surface";
import { toastDone, toastProblem } from "~/lib/toast";
import { type SavedView, useViews } from "./data";
import { readFile, writeFile } from "./file";
import { useDefaultView } from "./useDefaultView";
import { VersionsDialog } from "./VersionsDialog";
import { type Draft, ViewDialog } from "./ViewDialog";
import classes from "./views.module.css";

export function ViewPicker({ address }: { address: Address }) {
  const resource = useMeta().resources.find((one) => one.name === "saved-views");
  return resource?.can_read ? <Picker address={address} resource={resource} /> : null;
}

function Picker({ address, resource }: { address: Address; resource: ResourceMeta }) {
  const { t } = useTranslation();
  const { base } = useSurface();
  const here = useViews(address);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [looksBack, setLooksBack] = useState(false);
  const chosen = useRef<HTMLInputElement>(null);
  useDefaultView(here, address);
  const { active, changed, views } = here;
  const may = (name: string) => resource.actions.some((action) => action.name === name && action.allowed);
  const shares = useCan("saved-views:share");
  const editable = active !== null && (active.mine || shares);

  const attempt = async (work: () => Promise<unknown>, said: string) => {
    try {
      await work();
      await here.refresh();
      toastDone(said);
    } catch (error) {
      toastProblem(error);
    }
  };
  const keep = (view: SavedView) =>
    attempt(
      () => api.patch(`/saved-views/${view.id}`, { state: here.state }, { version: view.version }),
      t("views.kept", { name: view.name }),
    );
  const deletion = resource.actions.find((action) => action.name === "delete");
  const runner = useAction(resource, {
    onDone: () => {
      here.apply(null);
      void here.refresh();
    },
  });
  const copy = async (view: SavedView) => {
    await navigator.clipboard.writeText(`${window.location.origin}${base}/v/${view.slug}`);
    toastDone(t("views.copied"));
  };
  const read = async (file: File | undefined) => {
    if (!file) return;
    try {
      setDraft({ view: null, ...readFile(await file.text()) });
    } catch {
      toastProblem(new Error(t("views.noFile")));
    }
  };
  const fresh = (): Draft => ({ view: null, name: "", state: here.state });

  const group = (title: string, some: readonly SavedView[]) =>
    some.length > 0 && (
      <>
        <Menu.Label>{title}</Menu.Label>
        {some.map((view) => (
          <Menu.Item
            key={view.id}
            onClick={() => here.apply(view)}
            leftSection={view === active ? <Check size={14} aria-hidden /> : <span className={classes.place} />}
            rightSection={<Beside view={view} />}
          >
            {view.name}
          </Menu.Item>
        ))}
      </>
    );

  return (
    <>
      <Menu position="bottom-start" width={280}>
        <Menu.Target>
          <Button
            size="xs"
            variant={active ? "light" : "default"}
            leftSection={<Bookmark size={14} aria-hidden />}
            aria-label={active ? t("views.shown", { name: active.name }) : t("views.label")}
            className={classes.button}
          >
            {active?.name ?? t("views.label")}
            {changed && <span className={classes.changed} title={t("views.changed")} />}
          </Button>
        </Menu.Target>
        <Menu.Dropdown className={classes.menu}>
          {group(
            t("views.mine"),
            views.filter((view) => view.mine),
          )}
          {group(
            t("views.shared"),
            views.filter((view) => !view.mine),
          )}
          {views.length === 0 && (
            <Text fz={12} c="dimmed" px={12} py={6}>
              {t("views.none")}
            </Text>
          )}
          <Menu.Divider />
          {changed && (
            <>
              {editable && (
                <Entry icon={<Save size={14} />} onClick={() => void keep(active)} disabled={!may("update")}>
                  {t("views.keep", { name: active.name })}
                </Entry>
              )}
              <Entry icon={<RotateCcw size={14} />} onClick={() => here.apply(active)}>
                {t("views.back")}
              </Entry>
            </>
          )}
          <Entry icon={<Plus size={14} />} onClick={() => setDraft(fresh())} disabled={!may("create")}>
            {t("views.save")}
          </Entry>
          {active && (
            <>
              <Entry
                icon={<Pencil size={14} />}
                onClick={() => setDraft({ view: active, name: active.name, state: active.state })}
                disabled={!editable || !may("update")}
              >
                {t("views.edit")}
              </Entry>
              <Entry icon={<History size={14} />} onClick={() => setLooksBack(true)}>
                {t("views.versions")}
              </Entry>
              <Entry icon={<Link2 size={14} />} onClick={() => void copy(active)}>
                {t("views.copy")}
              </Entry>
              <Entry icon={<Download size={14} />} onClick={() => writeFile(active)}>
                {t("views.export")}
              </Entry>
              <Entry
                icon={<Trash2 size={14} />}
                onClick={() => deletion && runner.run(deletion, { kind: "one", row: { ...active } })}
                disabled={!editable || !may("delete")}
              >
                {t("views.remove")}
              </Entry>
              <Menu.Divider />
              <Entry icon={<RotateCcw size={14} />} onClick={() => here.apply(null)}>
                {t("views.leave")}
              </Entry>
            </>
          )}
          <Entry icon={<Upload size={14} />} onClick={() => chosen.current?.click()} disabled={!may("create")}>
            {t("views.import")}
          </Entry>
        </Menu.Dropdown>
      </Menu>
      <input
        ref={chosen}
        type="file"
        accept="application/json,.json"
        hidden
        aria-label={t("views.import")}
        onChange={(e) => {
          void read(e.currentTarget.files?.[0]);
          e.currentTarget.value = "";
        }}
      />
      {runner.dialogs}
      {looksBack && active && (
        <VersionsDialog
          view={active}
          editable={editable && may("update")}
          onShow={(version) => {
            setLooksBack(false);
            here.apply({ slug: active.slug, state: version.state });
          }}
          onSaved={async (version) => {
            setLooksBack(false);
            await here.refresh();
            here.apply({ slug: active.slug, state: version.state });
            toastDone(t("views.kept", { name: version.name }));
          }}
          onClose={() => setLooksBack(false)}
        />
      )}
      {draft && (
        <ViewDialog
          draft={draft}
          page={here.page}
          shares={shares}
          onClose={() => setDraft(null)}
          onSaved={async (slug) => {
            setDraft(null);
            await here.refresh();
            address.set({ view: slug }, true);
          }}
        />
      )}
    </>
  );
}

function Beside({ view }: { view: SavedView }) {
  const { t } = useTranslation();
  const said = [
    view.is_default && t("views.isDefault"),
    !view.mine && view.made_by,
    view.mine && view.audience !== "me" && t(`views.audience.${view.audience}`),
  ];
  const text = said.filter(Boolean).join(" · ");
  return text === "" ? null : (
    <Text component="span" fz={11} c="dimmed" truncate maw={120}>
      {text}
    </Text>
  );
}

function Entry(props: { icon: ReactNode; onClick: () => void; disabled?: boolean; children: ReactNode }) {
  return (
    <Menu.Item leftSection={props.icon} onClick={props.onClick} disabled={props.disabled}>
      {props.children}
    </Menu.Item>
  );
}
