/** Whose eyes: one's own, those of a place that was taken in this window, or another. */
import { Button, Menu } from "@mantine/core";
import { ChevronDown, Eye, Globe, Server, UserRound, UserRoundPlus } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCan, useSession } from "~/lib/session";
import { OWN, type Taken, usePlaces, type Who } from "./places";

const Dialog = lazy(async () => ({ default: (await import("./PlaceDialog")).PlaceDialog }));

const ICONS: Record<Who["kind"], typeof Eye> = { own: Eye, user: UserRound, anon: Globe, service: Server };

/** Whose eyes these are, as people say it. */
export function useName(): (who: Pick<Who, "kind" | "label">) => string {
  const { t } = useTranslation();
  return (who) => (who.kind === "user" && who.label ? who.label : t(`places.kinds.${who.kind}`));
}

export function PlaceIcon({ kind }: { kind: Who["kind"] }): ReactNode {
  const Icon = ICONS[kind];
  return <Icon size={14} aria-hidden />;
}

interface PlacePickerProps {
  source: string;
  label: string;
  /** `own`, the id of a place, or nothing yet. */
  value: string | undefined;
  /** What the server says about it. */
  who: Who | undefined;
  reason: string;
  onChange: (id: string, reason: string) => void;
}

export function PlacePicker({ source, label, value, who, reason, onChange }: PlacePickerProps) {
  const { t } = useTranslation();
  const name = useName();
  const can = useCan("impersonations:begin");
  const on = Boolean(useSession().impersonation);
  const taken = usePlaces();
  const [asking, setAsking] = useState(false);
  const known = taken.find((one) => one.id === value);
  const shown: Pick<Who, "kind" | "label"> | undefined =
    value === OWN ? { kind: "own", label: null } : (who ?? known ?? undefined);
  const why = on ? t("explorer.viewAs.on") : can ? undefined : t("explorer.viewAs.may");
  const item = (id: string, of: Pick<Taken, "label"> & { kind: Who["kind"] }) => (
    <Menu.Item key={id} leftSection={<PlaceIcon kind={of.kind} />} onClick={() => onChange(id, reason)}>
      {name(of)}
    </Menu.Item>
  );
  return (
    <>
      <Menu position="bottom-start" withinPortal>
        <Menu.Target>
          <Button
            variant="default"
            size="xs"
            aria-label={`${label}: ${shown ? name(shown) : t("places.nobody")}`}
            leftSection={shown ? <PlaceIcon kind={shown.kind} /> : <UserRoundPlus size={14} aria-hidden />}
            rightSection={<ChevronDown size={13} aria-hidden />}
          >
            {shown ? name(shown) : t("places.nobody")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {item(OWN, { kind: "own", label: "" })}
          {taken.map((one) => item(one.id, one))}
          <Menu.Divider />
          <Menu.Item
            leftSection={<UserRoundPlus size={14} aria-hidden />}
            disabled={why !== undefined}
            title={why}
            onClick={() => setAsking(true)}
          >
            {t("places.other")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asking && (
        <Suspense>
          <Dialog
            source={source}
            reason={reason}
            onClose={() => setAsking(false)}
            onTaken={(id, why) => {
              setAsking(false);
              onChange(id, why);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
