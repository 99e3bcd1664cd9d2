// Asks what an action needs before it runs: its input, and a confirmation as strong as its risk.
import { Alert, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyAs } from "~/kit/copy-as/CopyAs";
import { ErrorSummary } from "~/kit/form/error-summary";
import { FormFields } from "~/kit/form/form-fields";
import { useRetryKey } from "~/kit/form/retry-key";
import { defaultsOf } from "~/kit/form/schema";
import { useForm } from "~/kit/form/use-form";
import type { Reply } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { useLabels } from "~/lib/labels";
import { type ActionMeta, idOf, type ResourceMeta, titleOf } from "~/lib/meta";
import {
  inputBody,
  inputFields,
  runAction,
  type Target,
  type TriedAll,
  type TriedRow,
  TYPED_ABOVE,
  tryAction,
} from "./actions";
import { askedOf } from "./asked";
import { Tried, TriedAtOnce } from "./tried";
import { useBelongings, WhatGoes } from "./what-goes";

interface ActionDialogProps {
  resource: ResourceMeta;
  action: ActionMeta;
  target: Target;
  onDone: (reply: Reply<unknown>) => void;
  onClose: () => void;
}

export function ActionDialog({ resource, action, target, onDone, onClose }: ActionDialogProps) {
  const { t } = useTranslation();
  const labels = useLabels();
  const fields = useMemo(() => inputFields(resource, action), [resource, action]);
  // What is loaded anew behind the open dialog doesn't change what somebody is typing.
  const [initial] = useState(() => defaultsOf(action.input, fields, target.kind === "one" ? target.row : undefined));
  const form = useForm(resource.name, fields, initial);
  const retry = useRetryKey();
  const [typed, setTyped] = useState("");
  const [tried, setTried] = useState<{ body: string; rows: TriedRow[] | TriedAll } | null>(null);

  const label = labels.action(resource.name, action);
  const many = target.kind === "many" ? target.expected : 0;
  const doomed = action.kind === "delete" && target.kind === "one" ? idOf(target.row) : null;
  const belongings = useBelongings(resource, doomed);
  const typing = many > TYPED_ABOVE && action.risk !== "safe" ? "count" : belongings.total > 0 ? "title" : null;
  const wanted =
    typing === "count"
      ? String(many)
      : typing === "title" && target.kind === "one"
        ? titleOf(resource, target.row)
        : null;
  const danger = action.risk === "danger";
  const confirm = labels.confirm(resource.name, action);

  const submit = () =>
    form.submit(async (_changed, values) => {
      const body = inputBody(fields, values, initial);
      try {
        onDone(await runAction(resource, action, target, body, retry.keyFor(body)));
      } catch (error) {
        retry.failed(error);
        throw error;
      }
    });

  const attempt = () =>
    form.submit(async (_changed, values) => {
      if (target.kind !== "many") return;
      const body = inputBody(fields, values, initial);
      setTried({ body: JSON.stringify(body), rows: await tryAction(resource, action, target, body) });
    });
  // What was found counts for what was asked, and no longer once that was changed.
  const report = tried && tried.body === JSON.stringify(inputBody(fields, form.values, initial)) ? tried.rows : null;

  return (
    <Modal
      opened
      // What is being sent may ask who sits there, in a dialog of its own: Escape there is not meant here.
      onClose={() => !form.busy && onClose()}
      title={label}
      closeOnClickOutside={!form.dirty}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!belongings.pending && (wanted === null || typed.trim() === wanted)) void submit();
        }}
      >
        <Stack gap={16}>
          {target.kind === "one" && (
            <Text fz={13}>
              {labels.singular(resource)}: <strong>{titleOf(resource, target.row)}</strong>
            </Text>
          )}
          {target.kind === "many" && (
            <Text fz={13}>
              {t("actions.many", { count: many, shown: formatNumber(many), resource: labels.resource(resource) })}
            </Text>
          )}
          {confirm && (
            <Alert
              color={danger ? "red" : "gray"}
              variant="light"
              icon={danger ? <TriangleAlert size={16} aria-hidden /> : undefined}
            >
              {confirm}
            </Alert>
          )}
          {danger && !confirm && (
            <Alert color="red" variant="light" icon={<TriangleAlert size={16} aria-hidden />}>
              {t("actions.irreversible")}
            </Alert>
          )}
          {doomed !== null && <WhatGoes resource={resource} id={doomed} belongings={belongings} />}
          <ErrorSummary form={form} />
          {fields.length > 0 && <FormFields form={form} />}
          {report && (Array.isArray(report) ? <Tried rows={report} /> : <TriedAtOnce report={report} />)}
          {wanted !== null && (
            <TextInput
              label={t(typing === "title" ? "actions.typeTitle" : "actions.typeCount", { count: many, wanted })}
              value={typed}
              inputMode={typing === "count" ? "numeric" : "text"}
              autoComplete="off"
              data-autofocus={fields.length === 0 || undefined}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          )}
          <Group justify="flex-end" gap={8}>
            {target.kind === "many" && (
              <Button variant="subtle" mr="auto" loading={form.busy} onClick={() => void attempt()}>
                {t("bulk.try")}
              </Button>
            )}
            <CopyAs quiet asked={askedOf(resource, action, target, fields, inputBody(fields, form.values, initial))} />
            <Group gap={8} wrap="nowrap">
              <Button
                variant="default"
                onClick={onClose}
                disabled={form.busy}
                data-autofocus={(danger && fields.length === 0 && wanted === null) || undefined}
              >
                {t("primitives.cancel")}
              </Button>
              <Button
                type="submit"
                color={danger ? "red" : undefined}
                loading={form.busy}
                disabled={belongings.pending || (wanted !== null && typed.trim() !== wanted)}
                data-autofocus={(!danger && fields.length === 0 && wanted === null) || undefined}
              >
                {label}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
