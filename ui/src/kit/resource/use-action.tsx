// Runs actions for a page: at once when they are safe and need nothing, else through the dialog; then tells what happened.
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { newKey, type Reply } from "~/lib/api";
import { formatNumber } from "~/lib/format";
import { useLabels } from "~/lib/labels";
import { type ActionMeta, idOf, type ResourceMeta, titleOf } from "~/lib/meta";
import { toastDone, toastFailed, toastProblem } from "~/lib/toast";
import { ActionDialog } from "./action-dialog";
import { addressToOpen, inputFields, type OneTimeSecret, oneTimeSecret, runAction, type Target } from "./actions";
import { forget } from "./data";
import { SecretDialog } from "./secret-dialog";

export interface ActionRunner {
  run: (action: ActionMeta, target: Target) => void;
  /** The name of the action that is being sent without a dialog. */
  running: string | null;
  /** Dialogs; must stand somewhere on the page. */
  dialogs: ReactNode;
}

interface Options {
  onDone?: (action: ActionMeta, target: Target, reply: Reply<unknown>) => void;
}

export function useAction(resource: ResourceMeta, { onDone }: Options = {}): ActionRunner {
  const { t } = useTranslation();
  const labels = useLabels();
  const client = useQueryClient();
  const [open, setOpen] = useState<{ action: ActionMeta; target: Target } | null>(null);
  const [running, setRunning] = useState<string | null>(null);
  const [secret, setSecret] = useState<{ secret: OneTimeSecret; title: string } | null>(null);

  const finished = async (action: ActionMeta, target: Target, reply: Reply<unknown>) => {
    setOpen(null);
    const address = addressToOpen(reply.data);
    if (address !== null) {
      window.location.assign(address);
      return;
    }
    const label = labels.action(resource.name, action);
    const found = oneTimeSecret(reply.data);
    if (found) setSecret({ secret: found, title: label });
    const changed = (reply.data as { changed?: unknown } | null)?.changed;
    const what =
      target.kind === "one"
        ? titleOf(resource, target.row)
        : typeof changed === "number"
          ? t("actions.changed", { count: changed, shown: formatNumber(changed) })
          : labels.resource(resource);
    const { ok, message: said } = (reply.data ?? {}) as { ok?: unknown; message?: unknown };
    if (typeof said === "string" && target.kind !== "many") {
      // Some actions say themselves what came of them, such as testing a connection.
      if (ok === false) toastFailed(said);
      else toastDone(said);
    } else if (action.kind === "delete" && target.kind === "one") {
      toastDone(t("actions.deleted", { what }));
    } else if (!found) {
      // A dialog that shows a link says enough by itself.
      toastDone(t("actions.done", { action: label, what }));
    }
    onDone?.(action, target, reply);
    await forget(
      client,
      resource.name,
      action.kind === "delete" && target.kind === "one" ? idOf(target.row) : undefined,
    );
  };

  const run: ActionRunner["run"] = (action, target) => {
    const bare = inputFields(resource, action).length === 0;
    if (action.risk !== "safe" || !bare || target.kind === "many") {
      setOpen({ action, target });
      return;
    }
    if (running !== null) return;
    setRunning(action.name);
    runAction(resource, action, target, {}, newKey())
      .then((reply) => finished(action, target, reply))
      .catch((error) => toastProblem(error, t("actions.failed", { action: labels.action(resource.name, action) })))
      .finally(() => setRunning(null));
  };

  const dialogs = (
    <>
      {open && (
        <ActionDialog
          key={`${open.action.name}`}
          resource={resource}
          action={open.action}
          target={open.target}
          onClose={() => setOpen(null)}
          onDone={(reply) => void finished(open.action, open.target, reply)}
        />
      )}
      <SecretDialog secret={secret?.secret ?? null} title={secret?.title ?? ""} onClose={() => setSecret(null)} />
    </>
  );
  return { run, running, dialogs };
}
