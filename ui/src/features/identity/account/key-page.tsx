// One API key: what it may do, what it did, its successor and its end.
import { Anchor, Button, Code, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { ArrowLeft, Ban, RefreshCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { SecretDialog } from "~/kit/resource/secret-dialog";
import { api } from "~/lib/api";
import { toastDone } from "~/lib/toast";
import { FactList } from "~/primitives/key-facts";
import { NullValue } from "~/primitives/null-value";
import { PageHeader } from "~/primitives/page-header";
import { RelativeTime } from "~/primitives/relative-time";
import { NotFound } from "~/primitives/states";
import { type Acts, useActs, useOwn } from "../own/data";
import type { OwnKey } from "../own/keys";
import { KeyLog } from "./key-log";
import { KeyState } from "./keys-page";
import { Loaded, Reasoned } from "./section";
import { useDoor } from "./sections";

export function ToKeys() {
  const { t } = useTranslation();
  return (
    <Anchor component={Link} to="/account/keys" fz={13} c="dimmed">
      <Group gap={4}>
        <ArrowLeft size={14} aria-hidden />
        {t("account.sections.keys")}
      </Group>
    </Anchor>
  );
}

export function KeyPage() {
  const { key: id } = useParams({ strict: false }) as { key: string };
  const keys = useOwn<{ keys: OwnKey[] }>(useDoor(), "/keys");
  return (
    <Loaded query={keys}>
      {(data) => {
        const one = data.keys.find((key) => key.id === id);
        return one ? <Key one={one} /> : <NotFound action={<ToKeys />} />;
      }}
    </Loaded>
  );
}

function Key({ one }: { one: OwnKey }) {
  const { t } = useTranslation();
  const door = useDoor();
  const acts = useActs(door);
  const [open, setOpen] = useState<"rotate" | "revoke" | null>(null);
  const [fresh, setFresh] = useState<{ id: string; text: string } | null>(null);
  const navigate = useNavigate();
  return (
    <>
      <div>
        <ToKeys />
        <PageHeader
          title={one.name}
          aside={<KeyState one={one} />}
          actions={
            <>
              <Reasoned
                reason={one.replaced ? t("account.keys.hasSuccessor") : null}
                leftSection={<RefreshCw size={14} aria-hidden />}
                onClick={() => setOpen("rotate")}
              >
                {t("account.keys.rotate")}
              </Reasoned>
              <Button
                variant="default"
                c="var(--mantine-color-error)"
                leftSection={<Ban size={14} aria-hidden />}
                onClick={() => setOpen("revoke")}
              >
                {t("account.keys.revoke")}
              </Button>
            </>
          }
        />
      </div>
      <KeyFacts one={one} />
      <KeyLog id={one.id} />
      {open === "rotate" && (
        <Rotate
          one={one}
          acts={acts}
          onClose={() => setOpen(null)}
          onRotated={(id, text) => {
            setOpen(null);
            setFresh({ id, text });
          }}
        />
      )}
      {open === "revoke" && <Revoke one={one} acts={acts} onClose={() => setOpen(null)} />}
      <SecretDialog
        title={one.name}
        secret={fresh && { kind: "key", value: fresh.text, mailed: false }}
        onClose={() => {
          if (fresh) void navigate({ to: "/account/keys/$key", params: { key: fresh.id } });
          setFresh(null);
        }}
      />
    </>
  );
}

function KeyFacts({ one }: { one: OwnKey }) {
  const { t } = useTranslation();
  const time = (value: string | null) => (value ? <RelativeTime value={value} /> : null);
  const codes = (all: string[]) => (
    <Group gap={4}>
      {all.map((each) => (
        <Code key={each}>{each}</Code>
      ))}
    </Group>
  );
  return (
    <div style={{ containerType: "inline-size" }}>
      <FactList
        facts={[
          { key: "prefix", label: t("account.keys.begins"), value: <Code>{one.prefix}…</Code> },
          { key: "organization", label: t("account.keys.organization"), value: one.organization },
          { key: "scopes", label: t("account.keys.scopes"), value: codes(one.scopes) },
          {
            key: "networks",
            label: t("account.keys.networks"),
            value: one.networks.length > 0 ? codes(one.networks) : t("account.keys.anywhere"),
          },
          {
            key: "limit",
            label: t("account.keys.perMinute"),
            value: one.per_minute ?? t("account.keys.unlimited"),
          },
          { key: "created", label: t("account.keys.created"), value: time(one.created_at) },
          { key: "expires", label: t("account.keys.expires"), value: time(one.expires_at) ?? t("account.keys.never") },
          {
            key: "used",
            label: t("account.keys.lastUsed"),
            value: one.last_used_at ? (
              <>
                {time(one.last_used_at)} {one.last_used_address && <Code>{one.last_used_address}</Code>}
              </>
            ) : (
              <NullValue />
            ),
          },
        ]}
      />
    </div>
  );
}

interface DialogProps {
  one: OwnKey;
  acts: Acts;
  onClose: () => void;
}

const OVERLAPS = ["0", "1", "24", "168"] as const;

function Rotate({ one, acts, onClose, onRotated }: DialogProps & { onRotated: (id: string, text: string) => void }) {
  const { t } = useTranslation();
  const door = useDoor();
  const [hours, setHours] = useState<string>("24");
  const rotate = () =>
    acts.act("rotate", async () => {
      const body = { overlap_hours: Number(hours) };
      const made = await api.post<{ successor_id: string; key: string }>(`${door.own}/keys/${one.id}/rotate`, body);
      onRotated(made.data.successor_id, made.data.key);
    });
  return (
    <Modal opened onClose={onClose} title={t("account.keys.rotateTitle", { name: one.name })}>
      <Stack gap={16}>
        <Text fz={13}>{t("account.keys.rotateText")}</Text>
        <Select
          label={t("account.keys.overlap")}
          data={OVERLAPS.map((value) => ({ value, label: t(`account.keys.overlaps.${value}`) }))}
          value={hours}
          allowDeselect={false}
          onChange={(value) => value && setHours(value)}
        />
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={onClose}>
            {t("primitives.cancel")}
          </Button>
          <Button data-autofocus loading={acts.busy === "rotate"} onClick={() => void rotate()}>
            {t("account.keys.rotate")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Revoke({ one, acts, onClose }: DialogProps) {
  const { t } = useTranslation();
  const door = useDoor();
  const navigate = useNavigate();
  const revoke = async () => {
    const done = await acts.act("revoke", async () => void (await api.post(`${door.own}/keys/${one.id}/revoke`)));
    if (!done) return;
    toastDone(t("account.keys.revoked", { name: one.name }));
    await navigate({ to: "/account/keys" });
  };
  return (
    <Modal opened onClose={onClose} title={t("account.keys.revokeTitle", { name: one.name })}>
      <Text fz={13}>{t("account.keys.revokeText")}</Text>
      <Group justify="flex-end" gap={8} mt={16}>
        <Button variant="default" onClick={onClose} data-autofocus>
          {t("primitives.cancel")}
        </Button>
        <Button color="red" loading={acts.busy === "revoke"} onClick={() => void revoke()}>
          {t("account.keys.revoke")}
        </Button>
      </Group>
    </Modal>
  );
}
